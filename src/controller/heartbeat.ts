/** BrokerHeartbeat (BrokerHeartbeatManager and ReplicationControlManager in Apache Kafka, KIP-631): fenced, alive, leaving, gone. */
import { applyRecords, metadataRecord } from '../metadata/index.ts'
import type { BrokerImage, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../protocol/index.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { beginShutdown, fence, unfence } from './fencing.ts'
import { isAlone, leadsAnything, partitionChanges } from './leaderships.ts'
import type { SessionsView } from './sessions.ts'

type Heartbeat = RequestOf<typeof BrokerHeartbeatRequest>
type Response = ResponseOf<typeof BrokerHeartbeatResponse>

export type BrokerState = 'fenced' | 'alive' | 'leaving' | 'gone'

export interface HeartbeatDecision extends Decision<Response> {
  /** What the broker is after this; null: it is not registered with this epoch. */
  readonly state: BrokerState | null
}

/** From here on brokers tell which directories take no new replicas. */
const CORDONED_SINCE = 30

/** @param registeredOffset of the broker's newest registration: it is caught up when it has applied that */
export function heartbeat(
  image: MetadataImage,
  request: Heartbeat,
  context: ControllerContext,
  sessions: SessionsView,
  registeredOffset: number,
): HeartbeatDecision {
  const { brokerId, brokerEpoch, currentMetadataOffset } = request
  const broker = image.cluster.broker(brokerId)
  const errorCode = brokerEpochError(image.cluster, brokerId, brokerEpoch)
  if (broker === undefined || errorCode !== errorCodes.NONE) {
    return { records: [], response: refuseHeartbeat(errorCode), state: null }
  }
  const ofDirectories = [...directoryRecords(image, broker, request, context)]
  // What the directories take away must be seen by the elections that follow.
  const seen = ofDirectories.length === 0 ? image : applyRecords(image, ofDirectories)
  const isCaughtUp = currentMetadataOffset >= registeredOffset
  const state = nextState(seen, broker, request, isCaughtUp, sessions)
  const response = {
    errorCode: errorCodes.NONE,
    isCaughtUp,
    isFenced: state === 'fenced' || state === 'gone',
    shouldShutDown: state === 'gone',
  }
  const records = [...ofDirectories, ...stateRecords(seen, broker, state, sessions, context)]
  return { records, response, state, divisible: true }
}

export function refuseHeartbeat(errorCode: number): Response {
  return { errorCode, isCaughtUp: false, isFenced: true, shouldShutDown: false }
}

function nextState(
  image: MetadataImage,
  { id, fenced }: BrokerImage,
  { wantFence, wantShutDown }: Heartbeat,
  isCaughtUp: boolean,
  sessions: SessionsView,
): BrokerState {
  const shutdownOffset = sessions.shutdownOffset(id)
  // Leaderships of a broker that is alone stay with it.
  const hasMore = (): boolean => !isAlone(image, id) && leadsAnything(image, id)
  if (fenced) {
    if (wantShutDown) return 'gone'
    return !wantFence && isCaughtUp ? 'alive' : 'fenced'
  }
  if (shutdownOffset !== null) {
    const isKnownToOthers = shutdownOffset <= sessions.lowestActiveOffset(image.cluster)
    return isKnownToOthers && !hasMore() ? 'gone' : 'leaving'
  }
  if (wantFence) return wantShutDown ? 'gone' : 'fenced'
  if (!wantShutDown) return 'alive'
  return hasMore() ? 'leaving' : 'gone'
}

function stateRecords(
  image: MetadataImage,
  broker: BrokerImage,
  state: BrokerState,
  sessions: SessionsView,
  { broker: settings }: ControllerContext,
): Iterable<MetadataRecord> {
  if (state === 'leaving') {
    const isKnown = sessions.shutdownOffset(broker.id) !== null
    return isKnown ? [] : beginShutdown(image, settings, broker)
  }
  if (state === 'alive') return broker.fenced ? unfence(image, settings, broker) : []
  return broker.fenced ? [] : fence(image, settings, broker)
}

/** Directories that failed take their replicas out of ISRs; which of them are cordoned is only noted. */
function* directoryRecords(
  image: MetadataImage,
  { id, epoch, directories, cordonedDirectories }: BrokerImage,
  { offlineLogDirs, cordonedLogDirs }: Heartbeat,
  { broker: settings }: ControllerContext,
): Generator<MetadataRecord> {
  const offline = new Set(directories.filter((directory) => offlineLogDirs.includes(directory)))
  if (offline.size > 0) {
    yield* partitionChanges(image, settings, id, 'left', ({ replicas, directories: of }) => {
      const directory = of[replicas.indexOf(id)]
      return directory !== undefined && offline.has(directory)
    })
    const logDirs = directories.filter((directory) => !offline.has(directory))
    const change = { brokerId: id, brokerEpoch: epoch, logDirs }
    // The record cannot say "none": a broker without directories stops.
    if (logDirs.length > 0) yield metadataRecord('brokerRegistrationChange', change)
  }
  const isNoted = cordonedLogDirs === null || sameSet(cordonedLogDirs, cordonedDirectories)
  if (!isNoted && image.features.metadataVersion >= CORDONED_SINCE) {
    const change = { brokerId: id, brokerEpoch: epoch, cordonedLogDirs }
    yield metadataRecord('brokerRegistrationChange', change)
  }
}

function sameSet(a: readonly string[], b: readonly string[] | null): boolean {
  return b !== null && a.length === b.length && a.every((id) => b.includes(id))
}
