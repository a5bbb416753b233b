import { describe, expect, it } from 'vitest'
import { QuorumError } from './error.ts'
import { FakeLog } from './fake-log.conformance.ts'
import { formatted, marked, marksOf, METADATA_DIR, start } from './quorum-harness.conformance.ts'
import type { Node } from './quorum-harness.conformance.ts'
import { RETENTION_DEFAULTS } from './snapshot-keeper-driver.ts'
import type { RetentionOptions } from './snapshot-keeper-driver.ts'

const BOOTSTRAP = '00000000000000000000-0000000000.checkpoint'

async function setup() {
  const { machine, directoryId } = await formatted()
  const { world } = machine
  const log = new FakeLog(METADATA_DIR)
  const disk = () => machine.process('look').io.disk
  return {
    machine,
    log,
    run: <T>(promise: Promise<T>): Promise<T> => world.settle(promise),
    start: (own: FakeLog, retention: Partial<RetentionOptions>): Promise<Node> => {
      const options = {
        directoryId,
        retention: { ...RETENTION_DEFAULTS, snapshotDelayMs: 1, ...retention },
      }
      return world.settle(start(machine.process('node'), own, options))
    },
    disk,
    checkpoints: (): string[] =>
      disk()
        .list(METADATA_DIR)
        .map(({ name }) => name)
        .filter((name) => name.includes('checkpoint'))
        .sort(),
  }
}

type Setup = Awaited<ReturnType<typeof setup>>

/** Proposes marks one by one, each of about a KiB, and waits for what they set off. */
async function fill({ machine, run }: Setup, { quorum }: Node, marks: readonly string[]) {
  for (const mark of marks) {
    await run(quorum.propose([marked(mark, 0)]))
    await machine.world.run({ forMs: 10 })
  }
}

function configured({ listener }: Node): string[] {
  return [...listener.image.configs.ofDefaultBroker().keys()].sort()
}

const ALWAYS = { snapshotAfterBytes: 1 }

describe('snapshots', () => {
  it('are written after so many bytes of log, and the next start begins with the newest', async () => {
    const node = await setup()
    const first = await node.start(node.log, { snapshotAfterBytes: 400 })
    await fill(node, first, ['a', 'b', 'c', 'd', 'e', 'f'])
    const names = node.checkpoints()
    expect(names.length).toBeGreaterThan(1)
    expect(names.length).toBeLessThan(6)

    const second = await node.start(node.log.crash(), {})
    expect(configured(second)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    const offsetEnd = Number(names.at(-1)?.slice(0, 20))
    const loaded = second.listener.batches.map(({ offsetLast }) => offsetLast)
    expect(Math.min(...loaded)).toBeGreaterThanOrEqual(offsetEnd)
    expect(second.quorum.voters).toMatchObject([{ id: 1 }])
  })

  it('stand for the log that they let go, and for older snapshots', async () => {
    const node = await setup()
    const first = await node.start(node.log, { ...ALWAYS, retainedBytes: 0 })
    await fill(node, first, ['a', 'b', 'c'])
    const names = node.checkpoints()
    expect(names).toHaveLength(1)
    expect(node.log.logStart).toBe(Number(names[0]?.slice(0, 20)))
    expect(node.log.rolled).toBeGreaterThan(0)
    const second = await node.start(node.log.crash(), {})
    expect(configured(second)).toEqual(['a', 'b', 'c'])
    expect(second.quorum).toMatchObject({ epoch: 2, kraftVersion: 1 })
  })

  it('are passed over when they are damaged, as long as an older one or the log has it all', async () => {
    const node = await setup()
    const first = await node.start(node.log, ALWAYS)
    await fill(node, first, ['a', 'b', 'c'])
    const newest = node.checkpoints().filter((name) => name !== BOOTSTRAP)
    for (const name of newest.slice(-2)) {
      const path = `${METADATA_DIR}/${name}`
      const bytes = node.disk().readFile(path)
      bytes[bytes.length - 30] = 0xff
      node.disk().writeFile(path, bytes)
    }
    const second = await node.start(node.log.crash(), {})
    expect(configured(second)).toEqual(['a', 'b', 'c'])
  })

  it('that are all damaged stop the start where the log has let go of its beginning', async () => {
    const node = await setup()
    const first = await node.start(node.log, { ...ALWAYS, retainedBytes: 0 })
    await fill(node, first, ['a', 'b'])
    const path = `${METADATA_DIR}/${node.checkpoints().at(-1)}`
    node.disk().writeFile(path, node.disk().readFile(path).subarray(0, 100))
    const error = await node.start(node.log.crash(), {}).catch((reason: unknown) => reason)
    expect(error instanceof QuorumError && error.code).toBe('DAMAGED')
  })

  it('that end before the log begins are of no use', async () => {
    const node = await setup()
    const first = await node.start(node.log, { ...ALWAYS })
    await fill(node, first, ['a', 'b', 'c'])
    const [older = '', newest = ''] = node.checkpoints().slice(-2)
    await node.log.deleteRecordsBefore(Number(newest.slice(0, 20)))
    node.disk().removeFile(`${METADATA_DIR}/${newest}`)
    expect(Number(older.slice(0, 20))).toBeGreaterThan(0)
    const error = await node.start(node.log.crash(), {}).catch((reason: unknown) => reason)
    expect(error instanceof QuorumError && error.code).toBe('DAMAGED')
  })

  it('carry a log on that ends before them', async () => {
    const node = await setup()
    const first = await node.start(node.log, ALWAYS)
    await fill(node, first, ['a', 'b'])
    const offsetEnd = Number(node.checkpoints().at(-1)?.slice(0, 20))
    const lost = node.log.crash()
    lost.batches = lost.batches.slice(0, 1)
    const second = await node.start(lost, {})
    expect(configured(second)).toEqual(['a', 'b'])
    expect(lost.logStart).toBe(offsetEnd)
    expect(second.quorum).toMatchObject({ epoch: 2, nextOffset: offsetEnd + 1 })
  })

  it('wait when the disk is full, and nothing else does', async () => {
    const node = await setup()
    const first = await node.start(node.log, { snapshotAfterBytes: 200 })
    node.machine.volume.inject({
      operations: ['write'],
      path: /checkpoint\.part$/,
      effect: { kind: 'fail', code: 'NO_SPACE' },
    })
    await fill(node, first, ['a', 'b', 'c', 'd', 'e', 'f'])
    expect(first.failures).toEqual([])
    expect(node.checkpoints().length).toBeGreaterThan(1)
    expect(node.checkpoints().some((name) => name.endsWith('.part'))).toBe(false)
    expect(marksOf(first.listener.records)).toHaveLength(6)
  })

  it('wait a while after they are due, and are not written once the quorum is closed', async () => {
    const node = await setup()
    const first = await node.start(node.log, { ...ALWAYS, snapshotDelayMs: 1000 })
    await node.run(first.quorum.propose([marked('a')]))
    await node.machine.world.run({ forMs: 900 })
    expect(node.checkpoints()).toEqual([BOOTSTRAP])
    await node.machine.world.run({ forMs: 200 })
    expect(node.checkpoints()).toHaveLength(2)
    await node.run(first.quorum.propose([marked('b')]))
    await node.run(first.quorum.close())
    await node.machine.world.run({ forMs: 2000 })
    expect(node.checkpoints()).toHaveLength(2)
  })

  it('are written when the log has outgrown the newest, long before the limit', async () => {
    const node = await setup()
    const first = await node.start(node.log, {})
    const padding = 30_000
    const counts: number[] = []
    for (let i = 0; i < 130; i++) {
      await node.run(first.quorum.propose([marked(`k${i % 40}`, padding)]))
      await node.machine.world.run({ forMs: 10 })
      counts.push(node.checkpoints().length)
    }
    // 1 MiB of log for the first, which holds 35 values; then twice as much as that.
    expect(counts.indexOf(2)).toBe(34)
    expect(counts.indexOf(3)).toBe(104)
  })

  it('stop the node when they cannot be written for good', async () => {
    const node = await setup()
    const first = await node.start(node.log, ALWAYS)
    node.machine.volume.inject({
      operations: ['sync'],
      path: /checkpoint\.part$/,
      effect: { kind: 'fail', code: 'IO' },
    })
    await first.quorum.propose([marked('a')]).catch(() => undefined)
    await node.machine.world.run({ forMs: 100 })
    expect(first.failures).toEqual(['LOG_DIR_FAILED'])
  })
})
