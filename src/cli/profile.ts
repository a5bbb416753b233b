/**
 * Which cluster a command talks to. Contexts are named in `.highwater.json`, found from the working directory upward to the repository's
 * root, and in `~/.config/highwater/config.json`:
 *
 *     { "current": "dev", "contexts": { "dev": { "bootstrap": "127.0.0.1:9092" } } }
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from './failure.ts'

export interface ContextFile {
  readonly path: string
  /** The context used when none is named. */
  readonly current: string | null
  readonly contexts: ReadonlyMap<string, Context>
}

export interface Context {
  readonly bootstrap: string
}

const PROJECT_FILE = '.highwater.json'
export const BOOTSTRAP_DEFAULT = '127.0.0.1:9092'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the user's own contexts lie. */
export function userFilePath(env: Environment): string {
  const config = env['XDG_CONFIG_HOME'] || env['APPDATA'] || join(homeOf(env), '.config')
  return join(config, 'highwater', 'config.json')
}

function homeOf(env: Environment): string {
  return env['HOME'] ?? env['USERPROFILE'] ?? '.'
}

/** The project's file, then the user's; those that exist. Throws UsageError for one that cannot be read. */
export function contextFiles(workingDir: string, env: Environment): ContextFile[] {
  const paths = [projectFilePath(workingDir), userFilePath(env)]
  return paths.flatMap((path) => (path !== null && existsSync(path) ? [readContextFile(path)] : []))
}

function projectFilePath(workingDir: string): string | null {
  for (let dir = workingDir; ; dir = dirname(dir)) {
    const path = join(dir, PROJECT_FILE)
    if (existsSync(path)) return path
    if (existsSync(join(dir, '.git')) || dirname(dir) === dir) return null
  }
}

export function readContextFile(path: string): ContextFile {
  try {
    return { path, ...parseContexts(readFileSync(path, 'utf8')) }
  } catch (error) {
    throw new UsageError(`Cannot read the contexts of ${path}: ${(error as Error).message}`)
  }
}

/** @throws Error that says what is wrong with the text */
export function parseContexts(text: string): Omit<ContextFile, 'path'> {
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed)) throw new Error('it must be a JSON object')
  const { current = null, contexts = {} } = parsed
  if (current !== null && typeof current !== 'string') throw new Error("'current' must be a name")
  if (!isObject(contexts)) throw new Error("'contexts' must be an object")
  const read = Object.entries(contexts).map(([name, context]) => {
    const bootstrap = isObject(context) ? context['bootstrap'] : undefined
    if (typeof bootstrap !== 'string')
      throw new Error(`context '${name}' must have a 'bootstrap' of the form host:port`)
    return [name, { bootstrap }] as const
  })
  return { current, contexts: new Map(read) }
}

/** The text that {@link parseContexts} reads. */
export function formatContexts({ current, contexts }: Omit<ContextFile, 'path'>): string {
  return `${JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, null, 2)}\n`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export interface ClusterChoice {
  readonly bootstrap?: string | undefined
  readonly context?: string | undefined
}

/**
 * The bootstrap servers: what the command line says, then HIGHWATER_BOOTSTRAP, KAFKA_BOOTSTRAP_SERVERS, HIGHWATER_CONTEXT, the current
 * context, and the node of this machine.
 *
 * @throws UsageError
 */
export function chooseBootstrap(
  choice: ClusterChoice,
  env: Environment,
  readFiles: () => readonly ContextFile[],
): string {
  if (choice.bootstrap !== undefined) return choice.bootstrap
  if (choice.context !== undefined) return bootstrapOf(choice.context, readFiles())
  const fromEnv = env['HIGHWATER_BOOTSTRAP'] || env['KAFKA_BOOTSTRAP_SERVERS']
  if (fromEnv) return fromEnv
  const files = readFiles()
  const named = env['HIGHWATER_CONTEXT'] || files.find(({ current }) => current !== null)?.current
  return named ? bootstrapOf(named, files) : BOOTSTRAP_DEFAULT
}

function bootstrapOf(name: string, files: readonly ContextFile[]): string {
  for (const { contexts } of files) {
    const context = contexts.get(name)
    if (context !== undefined) return context.bootstrap
  }
  const known = [...new Set(files.flatMap(({ contexts }) => [...contexts.keys()]))]
  const hint = known.length === 0 ? 'there are none yet' : `known are ${known.join(', ')}`
  throw new UsageError(`Cannot use the context '${name}': ${hint}`)
}
