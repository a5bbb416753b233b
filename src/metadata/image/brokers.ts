import type { Uuid } from '../../base/index.ts'
import { inconsistent } from '../error.ts'
import type { FeatureRange } from '../features.ts'
import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

/** Where a node listens under one listener name. */
export interface Endpoint {
  /** Name of the listener, e.g. `PLAINTEXT` or `CONTROLLER`. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's number: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface BrokerImage {
  readonly id: number
  /** Offset of the record that registered this incarnation. */
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, FeatureRange>
  readonly rack: string | null
  /** A fenced broker leads nothing and stands in no ISR. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  /** Ids of its log directories that are online. */
  readonly directories: readonly Uuid[]
  /** Directories that take no new replicas; null: the broker has not said yet. */
  readonly cordonedDirectories: readonly Uuid[] | null
}

export interface ControllerImage {
  readonly id: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, FeatureRange>
}

/** The node's endpoint under a listener name, if it listens there. */
export function endpointOf(
  node: { readonly endpoints: readonly Endpoint[] },
  listenerName: string,
): Endpoint | undefined {
  return node.endpoints.find(({ name }) => name === listenerName)
}

/** The registered brokers and controllers. */
export class ClusterImage {
  static readonly empty = new ClusterImage(PersistentMap.empty(), PersistentMap.empty())

  readonly brokers: PersistentMap<number, BrokerImage>
  readonly controllers: PersistentMap<number, ControllerImage>

  constructor(
    brokers: PersistentMap<number, BrokerImage>,
    controllers: PersistentMap<number, ControllerImage>,
  ) {
    this.brokers = brokers
    this.controllers = controllers
  }

  broker(id: number): BrokerImage | undefined {
    return this.brokers.get(id)
  }

  /** Registered and not fenced: what Metadata responses list. */
  isAlive(id: number): boolean {
    return this.brokers.get(id)?.fenced === false
  }

  /** Alive and not about to leave: what may become leader or join an ISR. */
  isActive(id: number): boolean {
    const broker = this.brokers.get(id)
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
  }

  /** The brokers that are not fenced, in order of their ids. */
  aliveBrokers(): BrokerImage[] {
    return [...this.brokers.values()].filter(({ fenced }) => !fenced).sort((a, b) => a.id - b.id)
  }
}

export interface ClusterDelta {
  /** Ids of brokers that were registered, changed or unregistered. */
  readonly brokers: readonly number[]
  /** Ids of controllers that were registered or changed. */
  readonly controllers: readonly number[]
}

export class ClusterEditor {
  readonly #base: ClusterImage
  readonly #brokers
  readonly #controllers
  readonly #changedBrokers = new Set<number>()
  readonly #changedControllers = new Set<number>()

  constructor(base: ClusterImage) {
    this.#base = base
    this.#brokers = base.brokers.edit()
    this.#controllers = base.controllers.edit()
  }

  registerBroker(value: RecordValue<'registerBroker'>): void {
    this.#put({
      id: value.brokerId,
      epoch: value.brokerEpoch,
      incarnationId: value.incarnationId,
      endpoints: value.endPoints,
      features: featureRanges(value.features),
      rack: value.rack,
      fenced: value.fenced,
      inControlledShutdown: value.inControlledShutdown,
      directories: value.logDirs,
      cordonedDirectories: value.cordonedLogDirs,
    })
  }

  unregisterBroker({ brokerId }: RecordValue<'unregisterBroker'>): void {
    this.#brokers.delete(brokerId)
    this.#changedBrokers.add(brokerId)
  }

  fenceBroker({ id, epoch }: RecordValue<'fenceBroker'>, fenced: boolean): void {
    this.#put({ ...this.#registered(id, epoch), fenced })
  }

  changeBroker(value: RecordValue<'brokerRegistrationChange'>): void {
    const broker = this.#registered(value.brokerId, value.brokerEpoch)
    const { fenced, inControlledShutdown, logDirs, cordonedLogDirs } = value
    this.#put({
      ...broker,
      fenced: fenced === 0 ? broker.fenced : fenced > 0,
      inControlledShutdown: broker.inControlledShutdown || inControlledShutdown > 0,
      directories: logDirs.length === 0 ? broker.directories : logDirs,
      cordonedDirectories: cordonedLogDirs ?? broker.cordonedDirectories,
    })
  }

  registerController(value: RecordValue<'registerController'>): void {
    this.#changedControllers.add(value.controllerId)
    this.#controllers.set(value.controllerId, {
      id: value.controllerId,
      incarnationId: value.incarnationId,
      endpoints: value.endPoints,
      features: featureRanges(value.features),
    })
  }

  finish(): { image: ClusterImage; delta: ClusterDelta } {
    const brokers = this.#brokers.finish()
    const controllers = this.#controllers.finish()
    const base = this.#base
    const same = brokers === base.brokers && controllers === base.controllers
    return {
      image: same ? base : new ClusterImage(brokers, controllers),
      delta: { brokers: [...this.#changedBrokers], controllers: [...this.#changedControllers] },
    }
  }

  #put(broker: BrokerImage): void {
    this.#brokers.set(broker.id, broker)
    this.#changedBrokers.add(broker.id)
  }

  #registered(id: number, epoch: number): BrokerImage {
    const broker = this.#brokers.get(id)
    if (broker === undefined) throw inconsistent(`change broker ${id}`, 'it is not registered')
    if (broker.epoch !== epoch) {
      throw inconsistent(`change broker ${id}`, `its epoch is ${broker.epoch}, not ${epoch}`)
    }
    return broker
  }
}

function featureRanges(
  features: RecordValue<'registerBroker'>['features'],
): ReadonlyMap<string, FeatureRange> {
  return new Map(
    features.map(({ name, minSupportedVersion, maxSupportedVersion }) => [
      name,
      { min: minSupportedVersion, max: maxSupportedVersion },
    ]),
  )
}
