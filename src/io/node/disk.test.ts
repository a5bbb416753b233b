import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DiskError } from '../disk.ts'
import { remaining } from './disk-file.ts'
import { nodeDisk } from './disk.ts'
import { diskError } from './errors.ts'

function fsError(code: string, errno = -1): Error {
  return Object.assign(new Error(`${code}: something`), { code, errno })
}

describe('diskError()', () => {
  it('knows the errors that the rest of the house treats differently', () => {
    const codeOf = (code: string, errno?: number): string =>
      diskError('write to', '/f', fsError(code, errno)).code
    expect(codeOf('ENOENT')).toBe('NOT_FOUND')
    expect(codeOf('EEXIST')).toBe('EXISTS')
    expect(codeOf('ENOTEMPTY')).toBe('EXISTS')
    expect(codeOf('ENOSPC')).toBe('NO_SPACE')
    expect(codeOf('EDQUOT')).toBe('NO_SPACE')
    expect(codeOf('Unknown system error -122', -122)).toBe('NO_SPACE')
    expect(codeOf('EIO')).toBe('IO')
    expect(codeOf('EROFS')).toBe('IO')
    expect(codeOf('Unknown system error -117', -117)).toBe('IO')
    expect(codeOf('EMFILE')).toBe('TOO_MANY_FILES')
    expect(codeOf('EACCES')).toBe('DENIED')
    expect(codeOf('EINVAL')).toBe('OTHER')
  })

  it('says what was tried, on what, and why not', () => {
    const error = diskError('write to', '/data/f', fsError('ENOSPC'))
    expect(error.message).toBe('Cannot write to /data/f: ENOSPC: something')
    expect(error.path).toBe('/data/f')
    expect(diskError('other', '/other', error)).toBe(error)
  })
})

describe('remaining()', () => {
  it('drops as many bytes from the front as were written, and empty buffers there', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 })
    fc.assert(
      fc.property(parts, fc.nat(), (buffers, drawn) => {
        const whole = Buffer.concat(buffers)
        const written = drawn % (whole.length + 1)
        const rest = remaining(buffers, written)
        expect(Buffer.concat(rest)).toEqual(whole.subarray(written))
        expect(rest[0]?.length ?? 1).toBeGreaterThan(0)
      }),
    )
  })
})

describe('the disk', () => {
  it.runIf(process.platform === 'linux')('refuses a directory where none can be made', () => {
    // Node's own `recursive` never comes back from this.
    for (const path of ['/proc/nope', '/proc/nope/deeper']) {
      expect(() => nodeDisk.makeDirectory(path)).toThrow(/^Cannot create directory \/proc\/nope/)
    }
  })

  it.skipIf(!existsSync('/dev/full'))('reports a full device as NO_SPACE', async () => {
    const file = nodeDisk.open('/dev/full', 'write')
    const codes: string[] = []
    try {
      file.write([Buffer.from('x')], 0)
    } catch (error) {
      codes.push((error as DiskError).code)
    }
    await file.writeLater([Buffer.from('x'), Buffer.from('y')], 0).catch((error: unknown) => {
      codes.push((error as DiskError).code)
    })
    file.close()
    expect(codes).toEqual(['NO_SPACE', 'NO_SPACE'])
  })

  it.skipIf(process.platform === 'win32')('notices a write that was cut short', () => {
    const root = mkdtempSync(join(tmpdir(), 'highwater-disk-'))
    const script = `
      import { nodeDisk } from ${JSON.stringify(join(import.meta.dirname, 'disk.ts'))}
      const file = nodeDisk.open(process.argv[1], 'create')
      for (const count of [1, 3]) {
        try { console.log(file.write(Array(count).fill(Buffer.alloc(9000)), 0)) }
        catch (error) { console.log(error.name, file.size()) }
        file.truncate(0)
      }
    `
    // No file may grow beyond 8 blocks: the kernel takes what fits and says how much.
    const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1" "$2"`
    const args = ['-c', limited, process.execPath, script, `${root}/f`]
    const output = execFileSync('/bin/sh', args, { encoding: 'utf8' })
    const lines = output.trim().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(/^DiskError (4096|8192)$/)
    rmSync(root, { recursive: true })
  })

  it.skipIf(process.platform === 'win32')('follows symbolic links', () => {
    const root = mkdtempSync(join(tmpdir(), 'highwater-disk-'))
    nodeDisk.makeDirectory(`${root}/real`)
    nodeDisk.writeFile(`${root}/file`, Buffer.from('x'))
    symlinkSync('real', `${root}/to-directory`)
    symlinkSync('file', `${root}/to-file`)
    symlinkSync('nowhere', `${root}/broken`)
    const kinds = nodeDisk.list(root).map((entry) => `${entry.name} ${entry.kind}`)
    expect(kinds.sort()).toEqual([
      'broken other',
      'file file',
      'real directory',
      'to-directory directory',
      'to-file file',
    ])
    rmSync(root, { recursive: true })
  })
})
