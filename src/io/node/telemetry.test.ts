import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prettyLine } from './pretty-line.ts'
import { nodeTelemetry } from './telemetry.ts'

function linesOf(options: { level?: 'debug' | 'warn'; format: 'json' | 'pretty' }): {
  lines: string[]
  telemetry: ReturnType<typeof nodeTelemetry>
} {
  const lines: string[] = []
  return { lines, telemetry: nodeTelemetry({ ...options, write: (line) => lines.push(line) }) }
}

describe('log lines', () => {
  it('are JSON objects, one a line', () => {
    const { lines, telemetry } = linesOf({ format: 'json' })
    telemetry.log('warn', 'disk.full', 'The disk\nis full.', { path: '/data', freeBytes: 0 })
    expect(lines).toHaveLength(1)
    const [line = ''] = lines
    expect(line.indexOf('\n')).toBe(line.length - 1)
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>
    expect(rest).toEqual({
      level: 'warn',
      event: 'disk.full',
      path: '/data',
      freeBytes: 0,
      msg: 'The disk\nis full.',
    })
    expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(5_000)
  })

  it('are left out below the level', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { lines, telemetry } = linesOf({ format, level: 'warn' })
      telemetry.log('info', 'a', 'No.')
      telemetry.log('error', 'b', 'Yes.')
      expect(lines).toHaveLength(1)
      const all = linesOf({ format, level: 'debug' })
      all.telemetry.log('debug', 'a', 'Yes.')
      expect(all.lines).toHaveLength(1)
    }
  })
})

describe('stderr', () => {
  it('may be closed by its reader without harm', async () => {
    const script = `
      import { nodeTelemetry } from ${JSON.stringify(join(import.meta.dirname, 'telemetry.ts'))}
      const telemetry = nodeTelemetry({ format: process.argv[1] })
      let count = 0
      const timer = setInterval(() => {
        telemetry.log('info', 'test', 'x'.repeat(1000))
        if (++count < 20) return
        clearInterval(timer)
        console.log('alive')
      }, 5)
    `
    for (const format of ['json', 'pretty']) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, format])
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      child.stderr.once('data', () => child.stderr.destroy())
      await new Promise((resolve) => child.once('close', resolve))
      expect([format, output]).toEqual([format, 'alive\n'])
    }
  })
})

describe('prettyLine()', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5, 6)

  it('reads as a sentence with its data', () => {
    const fields = { host: '127.0.0.1', port: 9092, note: 'two words', gone: undefined, no: null }
    expect(prettyLine(time, 'info', 'listener.started', 'Ready.', fields, false)).toBe(
      '03:04:05.006 INFO  Ready. [listener.started] host=127.0.0.1 port=9092 note="two words" no=null\n',
    )
  })

  it('lets nobody forge a line or steer the terminal', () => {
    const line = prettyLine(time, 'warn', 'e', 'a\nb\u001b[2Jc', { f: 'x\n\u001b[1m' }, false)
    expect(line).toBe('03:04:05.006 WARN  a\\nb\\u001b[2Jc [e] f="x\\n\\u001b[1m"\n')
  })

  it('is coloured where asked', () => {
    expect(prettyLine(time, 'error', 'e', 'm', {}, true)).toContain('\u001b[31mERROR\u001b[0m')
  })
})
