/** Puts the patches of an exhibit into the source as it is loaded, in this process and before anything of `src/` was imported. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Exhibit, SourcePatch } from './exhibit.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Call it before the code under test is imported. Throws when a patch fits no longer. */
export function putBack(exhibit: Exhibit): void {
  const sources = patchedSources(exhibit)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const source = sources.get(url)
      return source === undefined ? loaded : { ...loaded, source, shortCircuit: true }
    },
  })
}

/** The changed files by URL. Throws for a patch whose text is not there exactly once: the exhibit has gone stale. */
export function patchedSources({ name, patches }: Exhibit): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  for (const patch of patches) {
    const path = join(ROOT, patch.file)
    const url = pathToFileURL(path).href
    sources.set(url, apply(name, sources.get(url) ?? readFileSync(path, 'utf8'), patch))
  }
  return sources
}

function apply(name: string, source: string, { file, find, replace }: SourcePatch): string {
  const places = source.split(find).length - 1
  if (places !== 1) {
    throw new Error(
      `Cannot put ${name} back into ${file}: found its text ${places} times, wanted one\n${find}`,
    )
  }
  return source.replace(find, () => replace)
}
