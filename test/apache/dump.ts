/** Every file that a mixed workload writes must be one that Apache Kafka's DumpLogSegments reads without complaint. */
import { expect, expectEqual } from '../clients/records.ts'
import type { Broker } from '../harness/broker.ts'
import type { Suite } from '../harness/suite.ts'
import { dumpLogDir } from './files.ts'
import { codecs } from './records.ts'
import { Tools } from './tools.ts'
import { commitSome, createTopics, deleteSome, writeRound } from './workload.ts'

const prefix = 'mixed'
const bulkRecords = 3000

/** A broker that can be killed. */
export interface MortalBroker extends Broker {
  readonly logDir: string
  kill(): Promise<void>
}

/** Writes, stops, dumps; writes, kills, recovers, stops, dumps again. */
export async function dumpChecks(suite: Suite, broker: MortalBroker): Promise<void> {
  const tools = new Tools(broker.bootstrap)
  const wrote = await suite.check('a mixed workload is written', async () => {
    await broker.start()
    await createTopics(tools, prefix)
    await writeRound(tools, prefix, 1, bulkRecords)
    await commitSome(tools, prefix, 500)
    await deleteSome(tools, prefix, 100)
    await broker.stop()
  })
  if (!wrote) {
    suite.skip('DumpLogSegments', 'the workload was not written')
    return
  }
  await suite.check('DumpLogSegments reads every file after a clean stop', () =>
    dump(suite, broker.logDir, 1),
  )
  const recovered = await suite.check('the workload goes on after kill -9', async () => {
    await broker.start()
    await writeRound(tools, prefix, 2, bulkRecords)
    await broker.kill()
    await broker.start()
    await commitSome(tools, prefix, 500)
    await broker.stop()
  })
  if (!recovered) return
  await suite.check('DumpLogSegments reads every file after kill -9 and recovery', () =>
    dump(suite, broker.logDir, 2),
  )
}

async function dump(suite: Suite, logDir: string, rounds: number): Promise<void> {
  const found = await dumpLogDir(logDir)
  suite.note(`${found.files} files`)
  expectEqual('complaints', found.complaints.slice(0, 20), [])
  for (const codec of codecs) {
    const topic = `${prefix}-${codec}`
    expectEqual(`codecs of ${topic}`, [...(found.codecs.get(topic) ?? [])], [codec])
    const wanted = rounds * (bulkRecords + (codec === 'none' ? 100 : 0))
    // Records that were deleted may still be in a segment.
    const slack = codec === 'gzip' ? 100 : 0
    const records = found.records.get(topic) ?? 0
    expect(`records of ${topic}`, records <= wanted && records >= wanted - slack, records)
  }
  expectEqual('recompressed', [...(found.codecs.get(`${prefix}-recompressed`) ?? [])], ['gzip'])
  expect('several segments', (found.segments.get(`${prefix}-none`) ?? 0) > 3, [...found.segments])
  expect('offset commits', (found.records.get('__consumer_offsets') ?? 0) > 1, [...found.records])
  expect('metadata records', (found.records.get('__cluster_metadata') ?? 0) > 20)
}
