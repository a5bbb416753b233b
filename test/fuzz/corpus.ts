/** The frames that are mutated: requests of every served API in every version, and a few that are heavy on purpose. */
import { apis, encodeRequest } from '../../src/protocol/index.ts'
import type { Api } from '../../src/protocol/index.ts'
import type { Prng } from '../../src/base/index.ts'
import { allBombs } from './batches.ts'
import { Drafts } from './drafts.ts'
import type { World } from './drafts.ts'

/** One request as bytes for the socket, its length in front. */
export interface SeedFrame {
  readonly api: string
  readonly version: number
  readonly bytes: Buffer
  /** Where its record batch lies; null: it has none, or several. */
  readonly batch: { readonly start: number; readonly end: number } | null
}

/** Elements of the longest arrays that are tried: around what the server allows. */
const LONG_ARRAYS = [1_000, 10_000, 49_000, 250_000]
/** What fits a round. */
const HEAVY_BYTES_MAX = 8 * 1024 * 1024
const PRODUCE_KEY = 0

export interface Corpus {
  readonly frames: readonly SeedFrame[]
  /** Long arrays and compressed bombs: each costs the server milliseconds, so they are sent rarely. */
  readonly heavy: readonly SeedFrame[]
}

/** API key → first and last version that the server says it serves. */
export type Served = ReadonlyMap<number, readonly [first: number, last: number]>

/** `perVersion` different requests of each version of each API in `served`. */
export function makeCorpus(prng: Prng, world: World, served: Served, perVersion: number): Corpus {
  const drafts = new Drafts(prng, world)
  const frames: SeedFrame[] = []
  const heavy: SeedFrame[] = []
  for (const api of apis.values()) {
    const isServed = served.has(api.key)
    const [first, last] = api.versions
    for (let version = first; version <= last; version++) {
      const draft = (): Record<string, unknown> => drafts.of(api.request, version)
      // What is not served must be refused, too, but has no depth.
      for (let n = isServed ? perVersion : 1; n > 0; n--) {
        frames.push(frameOf(prng, api, version, draft()))
      }
      if (isServed && (version === first || version === last)) {
        for (const length of LONG_ARRAYS) {
          heavy.push(...longArrays(draft(), length).map((it) => frameOf(prng, api, version, it)))
        }
      }
    }
  }
  const all = [...heavy, ...bombFrames(prng, world)]
  return { frames, heavy: all.filter(({ bytes }) => bytes.length < HEAVY_BYTES_MAX) }
}

function frameOf(prng: Prng, api: Api, version: number, draft: object): SeedFrame {
  const header = { correlationId: prng.int(0, 1000), clientId: prng.pick(['fuzz', '', null]) }
  const bytes = Buffer.concat(encodeRequest(api.request, version, header, draft))
  return { api: api.name, version, bytes, batch: batchIn(api, bytes, draft) }
}

/** The only batch of a Produce request, found in its bytes. */
function batchIn(api: Api, bytes: Buffer, draft: object): SeedFrame['batch'] {
  if (api.key !== PRODUCE_KEY) return null
  const { topicData } = draft as { topicData: { partitionData: { records: Buffer | null }[] }[] }
  const batches = topicData.flatMap(({ partitionData }) =>
    partitionData.flatMap(({ records }) => (records === null ? [] : [records])),
  )
  const [batch] = batches
  if (batch === undefined || batches.length > 1) return null
  const start = bytes.indexOf(batch)
  return { start, end: start + batch.length }
}

/** `draft` once for each of its arrays, with that array made `length` long. */
function longArrays(draft: Record<string, unknown>, length: number): Record<string, unknown>[] {
  const longer: Record<string, unknown>[] = []
  for (const [name, value] of Object.entries(draft)) {
    if (Array.isArray(value) && value.length > 0) {
      longer.push({ ...draft, [name]: Array.from({ length }, () => value[0] as unknown) })
      const [first] = value as unknown[]
      if (first !== null && typeof first === 'object' && !Buffer.isBuffer(first)) {
        const inner = longArrays(first as Record<string, unknown>, length)
        longer.push(...inner.map((element) => ({ ...draft, [name]: [element] })))
      }
    }
  }
  return longer
}

/** Produce requests with every bomb, and with a hundred small ones. */
function bombFrames(prng: Prng, { topics }: World): SeedFrame[] {
  const api = apis.get(PRODUCE_KEY) as Api
  const [topic] = topics
  return allBombs().flatMap((batch) => {
    const requestOf = (count: number): object => ({
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: topic?.name,
          partitionData: Array.from({ length: count }, () => ({ index: 0, records: batch })),
        },
      ],
    })
    return [1, batch.length < 20_000 ? 100 : 5].map((count) =>
      frameOf(prng, api, 9, requestOf(count)),
    )
  })
}
