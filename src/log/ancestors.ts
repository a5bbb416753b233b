import { dirname } from 'node:path'
import { DiskError } from '../io/index.ts'
import type { Disk } from '../io/index.ts'

/**
 * Makes the way to a directory survive a power cut: the name of a directory that was just made is in its parent, and that one's in the next. Goes up
 * to the root, because an earlier process may have made some of it and died; a parent that may not be opened was made by somebody else.
 */
export async function syncAncestors(disk: Disk, path: string): Promise<void> {
  for (let at = path, parent = dirname(at); parent !== at; at = parent, parent = dirname(at)) {
    try {
      await disk.syncDirectory(parent)
    } catch (error) {
      if (error instanceof DiskError && error.code === 'DENIED') return
      throw error
    }
  }
}
