/** Reads everything that the node holds and compares it with the shadow. */
import {
  errorCodes,
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../../src/protocol/index.ts'
import type { Message } from '../../src/wire/index.ts'
import type { SimClient } from './client.ts'
import { fetchedOf, fetchOf, readFetched } from './fetching.ts'
import { checkExcuse, COORDINATOR_CODES } from './operation.ts'
import { fetchedOffset, offsetFetchOf } from './operations/fetch-offset.ts'
import { resolveTopic } from './operations/resolve-topic.ts'
import type { Scan, ScannedBatch } from './partition-shadow.ts'
import type { Target } from './producing.ts'
import type { Shadow } from './shadow.ts'
import { Violation } from '../violation.ts'

const EARLIEST = -2
const SCAN_BYTES = 1_000_000
/** The high watermark has so many times 50 ms to rise. */
const TRIES = 20

/** False: the node went away in the middle of it. Throws Violation. */
export async function survey(client: SimClient, shadow: Shadow): Promise<boolean> {
  if (!(await resolveTopics(client, shadow))) return false
  for (const topic of shadow.incarnations()) {
    for (const [index, partition] of topic.partitions.entries()) {
      const target = { topic, partition, index }
      let scan = await scanPartition(client, shadow, target)
      // After an unclean stop the high watermark waits for a flush.
      for (let tries = 0; tries < TRIES && isShort(scan, target); tries++) {
        await client.sleep(50)
        scan = await scanPartition(client, shadow, target)
      }
      if (scan === null) return false
      if (scan !== 'gone') partition.check(scan)
      if (!(await checkOffsets(client, shadow, target))) return false
    }
  }
  return true
}

/** Compares what groups committed for the partition. */
async function checkOffsets(client: SimClient, shadow: Shadow, target: Target): Promise<boolean> {
  if (!shadow.hasCoordinator || target.topic.mayBeGone) return true
  for (const [group, offsets] of target.topic.committed) {
    const draft = offsetFetchOf(target, group)
    const found = await fetchCommitted(client, shadow, draft)
    if (found === null) return false
    offsets[target.index]?.seen(found, shadow.mayJumpClocks)
    offsets[target.index]?.settled(found)
  }
  return true
}

async function fetchCommitted(
  client: SimClient,
  shadow: Shadow,
  draft: ReturnType<typeof offsetFetchOf>,
): Promise<number | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await ask(client, OffsetFetchRequest, OffsetFetchResponse, draft)
    if (answer === null) return null
    const { errorCode, offset } = fetchedOffset(answer)
    if (errorCode === 0) return offset
    if (!COORDINATOR_CODES.has(errorCode)) {
      checkExcuse(shadow, null, 'OffsetFetch of a survey', errorCode)
      return null
    }
    await client.sleep(100)
  }
  if (!shadow.mayFailStorage) throw new Violation('liveness', 'the group coordinator stays away')
  return null
}

function isShort(scan: Scan | 'gone' | null, { partition }: Target): boolean {
  return scan !== null && scan !== 'gone' && scan.highWatermark < partition.knownEnd
}

async function resolveTopics(client: SimClient, shadow: Shadow): Promise<boolean> {
  const prng = client.process.world.prng('survey')
  for (const topic of shadow.topics) if (topic.state === 'present') topic.state = 'unsure'
  for (let tries = 0; tries < 2 * shadow.topics.length; tries++) {
    const attempt = resolveTopic.prepare({ shadow, prng, client })
    if (attempt === null) return true
    await attempt()
  }
  return shadow.topics.every(({ state }) => state !== 'unsure')
}

async function scanPartition(
  client: SimClient,
  shadow: Shadow,
  target: Target,
): Promise<Scan | 'gone' | null> {
  const logStart = await earliest(client, shadow, target)
  if (logStart === null || logStart === 'gone') return logStart
  const batches: ScannedBatch[] = []
  for (let offset = logStart; ;) {
    const draft = fetchOf(target, offset, SCAN_BYTES)
    const answer = await ask(client, FetchRequest, FetchResponse, draft)
    if (answer === null) return null
    const fetched = fetchedOf(answer)
    const errorCode = typeof fetched === 'number' ? fetched : fetched.errorCode
    // Retention was quicker.
    if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE && offset < target.partition.startMax)
      return scanPartition(client, shadow, target)
    if (typeof fetched === 'number' || errorCode !== 0) {
      checkExcuse(shadow, target.topic, 'Fetch of a survey', errorCode)
      return 'gone'
    }
    const found = readFetched(target.partition.name, fetched.records)
    batches.push(...found)
    const end = found.at(-1)?.offsetEnd
    if (end === undefined) return { logStart, highWatermark: fetched.highWatermark, batches }
    offset = end
  }
}

async function earliest(
  client: SimClient,
  shadow: Shadow,
  { topic, index }: Target,
): Promise<number | 'gone' | null> {
  const partitions = [{ partitionIndex: index, timestamp: EARLIEST }]
  const draft = { replicaId: -1, topics: [{ name: topic.name, partitions }] }
  const answer = await ask(client, ListOffsetsRequest, ListOffsetsResponse, draft)
  if (answer === null) return null
  const { errorCode = -1, offset = -1 } = answer.topics[0]?.partitions[0] ?? {}
  if (errorCode === 0) return offset
  checkExcuse(shadow, topic, 'ListOffsets of a survey', errorCode)
  return 'gone'
}

async function ask<A, Q>(
  client: SimClient,
  request: Message<unknown, Q>,
  response: Message<A, unknown>,
  draft: Q,
): Promise<A | null> {
  for (let tries = 0; tries < 4; tries++) {
    const reply = await client.send(request, response, draft)
    if (reply.kind === 'answer') return reply.answer
    await client.sleep(20)
  }
  return null
}
