/**
 * Requests as a client could send them, straight from the schemas: every field gets a value that the server may know (a topic that exists, a
 * group that lives) or one near it, so that what is mutated later gets past the first check and meets the handler.
 */
import { randomUuid, unreachable, ZERO_UUID } from '../../src/base/index.ts'
import type { Prng, Uuid } from '../../src/base/index.ts'
import type { Field, Message, Shape, Type } from '../../src/wire/index.ts'

/** Of the node that is attacked. */
export const BROKER_ID = 1

/** What the server has, for the drafts to name. */
export interface World {
  readonly topics: ReadonlyArray<{ readonly name: string; readonly id: Uuid }>
  readonly groups: readonly string[]
  readonly brokerId: number
  /** A batch to produce; null: no records. */
  batch(): Buffer | null
}

export type AnyMessage = Message<unknown, unknown>
type Draft = Record<string, unknown>

const CONFIG_NAMES = ['retention.ms', 'retention.bytes', 'segment.bytes', 'cleanup.policy', 'nope']
const CONFIG_VALUES = ['-1', '60000', '1048576', 'delete', 'compact', '', 'x', '9e99']
const SMALL_INTEGERS = [0, 0, 0, 1, 1, 2, 3, -1]

export class Drafts {
  readonly #prng: Prng
  readonly #world: World
  #version = 0

  constructor(prng: Prng, world: World) {
    this.#prng = prng
    this.#world = world
  }

  /** A value that `message.encode(…, version, …)` takes. */
  of(message: AnyMessage, version: number): Draft {
    this.#version = version
    return this.#struct(message.shape)
  }

  #struct(shape: Shape): Draft {
    const draft: Draft = {}
    for (const [name, entry] of Object.entries(shape)) {
      const field: Field = 'options' in entry ? entry : { type: entry, options: {} }
      const { since = 0, until = Infinity, tag } = field.options
      const isThere = this.#version >= since && this.#version <= until
      // A tagged field is mostly left out, as clients do.
      if (isThere && (tag === undefined || this.#prng.chance(0.3))) {
        draft[name] = this.#value(name, field.type)
      }
    }
    return draft
  }

  #value(name: string, type: Type): unknown {
    const { nullableSince = Infinity } = type
    if (this.#version >= nullableSince && this.#prng.chance(0.15)) return null
    const known = this.#known(name, type)
    return known === undefined ? this.#unknown(name, type) : known
  }

  #unknown(name: string, type: Type): unknown {
    const prng = this.#prng
    switch (type.kind) {
      case 'int8':
      case 'int16':
      case 'int32':
      case 'int64':
        return prng.pick(SMALL_INTEGERS)
      case 'uint16':
      case 'uint32':
        return prng.int(0, 3)
      case 'float64':
        return prng.float()
      case 'bool':
        return prng.chance(0.5)
      case 'uuid':
        return prng.chance(0.7) ? prng.pick(this.#world.topics).id : this.#anyUuid()
      case 'string':
        return prng.pick(['', 'x', 'consumer', 'range', 'true', 'fuzz-0'])
      case 'bytes':
        return prng.bytes(prng.int(0, 24))
      case 'records':
        return this.#world.batch()
      case 'array':
        return Array.from({ length: prng.pick([0, 1, 1, 1, 2, 3]) }, () =>
          this.#value(name, type.element as Type),
        )
      case 'struct':
        return this.#struct(type.fields ?? {})
      default:
        return unreachable(type.kind)
    }
  }

  #anyUuid(): Uuid {
    return this.#prng.chance(0.5) ? ZERO_UUID : randomUuid((size) => this.#prng.bytes(size))
  }

  /** Fields whose name says what they hold; undefined: only the type counts. */
  #known(name: string, { kind }: Type): unknown {
    if (kind === 'string') return this.#knownString(name)
    if (kind === 'bool') return name === 'validateOnly' ? this.#prng.chance(0.95) : undefined
    if (kind.startsWith('int')) return this.#knownInteger(name)
    return undefined
  }

  #knownString(name: string): string | undefined {
    const prng = this.#prng
    if (/^(topic|topics|topicName|topicNames|name|resourceName)$/i.test(name)) {
      return prng.chance(0.8)
        ? prng.pick(this.#world.topics).name
        : prng.pick(['', 'nope', 'bad name', '..', '__consumer_offsets', 'n'.repeat(250)])
    }
    if (/^(group|groups|groupId|groupsNames|key|coordinatorKeys|transactionalId)$/.test(name)) {
      return prng.pick(this.#world.groups)
    }
    if (name === 'configName' || name === 'configurationKeys') return prng.pick(CONFIG_NAMES)
    if (name === 'configValue' || name === 'value') return prng.pick(CONFIG_VALUES)
    return undefined
  }

  #knownInteger(name: string): number | undefined {
    const prng = this.#prng
    if (/^(maxWaitMs|timeoutMs|rebalanceTimeoutMs)$/.test(name)) return prng.pick([0, 1, 5])
    if (name === 'sessionTimeoutMs') return 6000
    if (/^(replicaId|forwardedReplicaId)$/.test(name)) return -1
    if (name === 'acks') return prng.pick([-1, -1, -1, 1, 1, 0])
    if (/bytes$/i.test(name)) return prng.pick([0, 1, 4096, 65_536])
    if (/^(numPartitions|count)$/.test(name)) return prng.pick([-1, 1, 2])
    if (name === 'replicationFactor') return prng.pick([-1, 1])
    if (name === 'resourceType') return prng.pick([2, 2, 2, 32, 8, 16])
    if (/^brokerIds?$/.test(name)) return this.#world.brokerId
    return undefined
  }
}
