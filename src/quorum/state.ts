/** The core's words: what a replica knows, what may happen to it, what it wants done. */
import type { Election } from './quorum-state.ts'
import type { EpochEnd, LogShape } from './log-shape.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { ReplicaKey, Voter, VoterEndpoint, VoterSet } from './voters.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** `controller.quorum.*`, each named beside it. */
export interface QuorumTimings {
  /** `election.timeout.ms` */
  readonly electionTimeoutMs: number
  /** `fetch.timeout.ms` */
  readonly fetchTimeoutMs: number
  /** `election.backoff.max.ms` */
  readonly electionBackoffMaxMs: number
  /** `request.timeout.ms` */
  readonly requestTimeoutMs: number
  /** `retry.backoff.ms` */
  readonly retryBackoffMs: number
}

/** Apache Kafka's defaults. */
export const TIMING_DEFAULTS: QuorumTimings = {
  electionTimeoutMs: 1000,
  fetchTimeoutMs: 2000,
  electionBackoffMaxMs: 1000,
  requestTimeoutMs: 2000,
  retryBackoffMs: 20,
}

/** Who leads an epoch, and where it listens; null: not known yet. */
export interface Leader {
  readonly id: number
  readonly endpoint: HostPort | null
}

/** Votes asked for. */
export interface Ballot {
  readonly granted: readonly number[]
  readonly rejected: readonly number[]
  /** When to ask again, by id of who has not answered. */
  readonly askAtMs: ReadonlyMap<number, number>
}

/** How far a replica that fetches from this leader is known to be. */
export interface Replica {
  readonly key: ReplicaKey
  /** What it has, on its disk where it votes; null: nothing heard in this epoch. */
  readonly end: number | null
  readonly lastFetchMs: number | null
  readonly lastCaughtUpMs: number | null
  /** The leader's log end at its last fetch. */
  readonly leaderEndThen: number
}

/** A fetch that waits for something to tell. */
export interface ParkedFetch {
  readonly token: number
  readonly offset: number
  /** Answered when the leader's is higher. */
  readonly highWatermark: number
  readonly deadlineMs: number
}

/** One change of the voters at a time (KIP-853). */
export interface VoterChange {
  /** Null: nobody waits for the answer any more. */
  readonly token: number | null
  /** The voter set was appended up to here. */
  readonly offsetEnd: number
}

export type Role =
  /** Knows the epoch, not who leads it. */
  | { readonly name: 'unattached'; readonly electionAtMs: number }
  /** Asks whether it could win an election, without beginning one (KIP-996). */
  | { readonly name: 'prospective'; readonly ballot: Ballot; readonly endsAtMs: number }
  /** Asks for votes. `isLost`: a majority refused, and it waits for the end of its time. */
  | {
      readonly name: 'candidate'
      readonly ballot: Ballot
      readonly endsAtMs: number
      readonly isLost: boolean
    }
  | {
      readonly name: 'leader'
      /** Offset of the epoch's first record. */
      readonly epochStart: number
      readonly sinceMs: number
      readonly granted: readonly number[]
      /** By replica, voters and observers. */
      readonly replicas: ReadonlyMap<string, Replica>
      readonly parked: readonly ParkedFetch[]
      /** When to tell a voter of this epoch again. */
      readonly beginAtMs: ReadonlyMap<number, number>
      readonly change: VoterChange | null
    }
  | {
      readonly name: 'follower'
      /** Without a successful fetch until then the leader is given up. */
      readonly fetchTimeoutAtMs: number
      readonly hasFetched: boolean
      /** The leader ended its epoch, or nothing listens where it did: others may have this node's pre-vote at once. */
      readonly isLost: boolean
      /** As the leader said last; null: it does not know. */
      readonly leaderHighWatermark: number | null
      /** When to tell the leader what it should know of this replica. */
      readonly membershipAtMs: number
    }
  /** Led this epoch and does not any more. */
  | {
      readonly name: 'resigned'
      readonly endsAtMs: number
      readonly askAtMs: ReadonlyMap<number, number>
      /** Best successors first. */
      readonly candidates: readonly ReplicaKey[]
    }
  /** The metadata log dir failed: nothing may be promised any more. */
  | { readonly name: 'failed' }

export type RoleName = Role['name']

/** The one fetch of an observer, a follower, or one who looks for the leader. */
export type Fetching =
  | { readonly kind: 'idle'; readonly atMs: number }
  | { readonly kind: 'sent'; readonly id: number }
  /** What came is being appended or truncated; the next fetch follows when it is on disk. */
  | { readonly kind: 'applying' }
  | { readonly kind: 'snapshot'; readonly id: SnapshotId }

/** The quorum's facts as of the record before `offsetEnd`. */
export interface FactsAt {
  readonly offsetEnd: number
  readonly facts: QuorumFacts
}

export interface QuorumState {
  readonly self: ReplicaKey
  /** What this node's controller listeners are today; its entry in the voter set follows. */
  readonly selfEndpoints: readonly VoterEndpoint[]
  /** It has the role controller: it may vote, and what it fetches is on disk before it says so. */
  readonly canVote: boolean
  /** `controller.quorum.auto.join.enable`: as an observer it asks to be made a voter. */
  readonly autoJoin: boolean
  readonly timings: QuorumTimings
  readonly bootstrapServers: readonly HostPort[]
  /** Which of a voter's endpoints counts; null: the first. */
  readonly listenerName: string | null
  /** The voters while neither log nor snapshot has any. */
  readonly staticVoters: VoterSet
  readonly epoch: number
  /** In this epoch. */
  readonly votedFor: ReplicaKey | null
  /** Of this epoch; once known it never changes. */
  readonly leader: Leader | null
  readonly role: Role
  /** Elections in a row that this node could not win. */
  readonly retries: number
  readonly fetching: Fetching
  readonly fetchId: number
  /** The latest voter set in log or snapshot, committed or not (KIP-853); the static voters when there is none. */
  readonly voters: VoterSet
  readonly kraftVersion: number
  /** Facts that a truncation may bring back, oldest first; the last is what counts. */
  readonly history: readonly FactsAt[]
  /** The voter set stands only in the bootstrap snapshot (0-0) and must be repeated in the log, which is what followers get. */
  readonly votersOutsideLog: boolean
  readonly log: LogShape
  /** One past the last record that is known to be committed; null: nothing is known. */
  readonly highWatermark: number | null
}

/** When and with which chance something happens. */
export interface Moment {
  /** Monotonic. */
  readonly nowMs: number
  /** In [0, 1). */
  readonly random: number
}

/** What an answer says of the epoch. */
export interface EpochNews {
  readonly errorCode: number
  readonly epoch: number
  readonly leaderId: number | null
  readonly leaderEndpoint: HostPort | null
}

export interface VoteRequestCore {
  readonly epoch: number
  readonly candidate: ReplicaKey
  /** Who is asked; null: not said. */
  readonly voter: ReplicaKey | null
  readonly lastEpoch: number
  readonly lastOffset: number
  readonly preVote: boolean
}

export interface BeginEpochCore {
  readonly epoch: number
  readonly leaderId: number
  readonly voter: ReplicaKey | null
  readonly endpoints: readonly VoterEndpoint[]
}

export interface EndEpochCore {
  readonly epoch: number
  readonly leaderId: number
  readonly candidates: readonly ReplicaKey[]
  readonly endpoints: readonly VoterEndpoint[]
}

export interface FetchCore {
  readonly replica: ReplicaKey
  readonly epoch: number
  readonly offset: number
  readonly lastEpoch: number
  /** That the sender knows; -1: none; INT64_MAX: it does not want to be told of a higher one early. */
  readonly highWatermark: number
  readonly maxWaitMs: number
}

export interface UpdateVoterCore {
  readonly epoch: number
  readonly voter: Voter
}

/** What is sent to other replicas. */
export type Outgoing =
  | ({ readonly kind: 'vote' } & VoteRequestCore)
  | ({ readonly kind: 'beginEpoch' } & BeginEpochCore)
  | ({ readonly kind: 'endEpoch' } & EndEpochCore)
  /** `id` names the one fetch that may be under way. */
  | ({ readonly kind: 'fetch'; readonly id: number } & FetchCore)
  | ({ readonly kind: 'updateVoter' } & UpdateVoterCore)
  | { readonly kind: 'addVoter'; readonly voter: Voter }
  | { readonly kind: 'removeVoter'; readonly voter: ReplicaKey }

/** Where to. The id is not known of a bootstrap server. */
export interface Address extends HostPort {
  readonly id: number | null
}

export interface FetchAnswer extends EpochNews {
  /** Null: not known. */
  readonly highWatermark: number | null
  readonly diverging: EpochEnd | null
  readonly snapshot: SnapshotId | null
  /** Whatever the driver can append; null: nothing came. */
  readonly payload: unknown
}

/** A batch that is in the log now. */
export interface AppendedBatch {
  readonly epoch: number
  /** Exclusive. */
  readonly offsetEnd: number
  /** What the quorum is after a control batch that says so; null: as before. */
  readonly facts: QuorumFacts | null
}

/** Why a request got no answer. `refused`: nothing listens there. `unsupported`: the node does not know such a request. */
export type FailureReason = 'refused' | 'lost' | 'timedOut' | 'unsupported'

export type QuorumEvent =
  /** The replica has read its files; only ever the first event. */
  | { readonly kind: 'started'; readonly election: Election | null }
  | { readonly kind: 'tick' }
  | { readonly kind: 'appended'; readonly batches: readonly AppendedBatch[] }
  /** Records up to `durableEnd` are on this node's disk. */
  | { readonly kind: 'synced'; readonly durableEnd: number }
  /** The effect `truncate` is done. */
  | { readonly kind: 'truncated' }
  /** What was fetched could not be appended. */
  | { readonly kind: 'appendRefused' }
  /** A snapshot of this node's own image. */
  | { readonly kind: 'snapshotWritten'; readonly id: SnapshotId }
  | { readonly kind: 'logStartMoved'; readonly base: SnapshotId }
  /** Of the snapshot that is being fetched: more of it is here, all of it, or it cannot be had. */
  | { readonly kind: 'snapshotProgress' }
  | { readonly kind: 'snapshotFetched'; readonly id: SnapshotId }
  | { readonly kind: 'snapshotFailed'; readonly news: EpochNews | null }
  /** The log begins anew after it. */
  | {
      readonly kind: 'snapshotInstalled'
      readonly id: SnapshotId
      readonly facts: QuorumFacts
    }
  | { readonly kind: 'voteAsked'; readonly token: number; readonly request: VoteRequestCore }
  | { readonly kind: 'beginEpochAsked'; readonly token: number; readonly request: BeginEpochCore }
  | { readonly kind: 'endEpochAsked'; readonly token: number; readonly request: EndEpochCore }
  | { readonly kind: 'fetchAsked'; readonly token: number; readonly request: FetchCore }
  /** A replica fetches a snapshot: it lives. */
  | { readonly kind: 'snapshotAsked'; readonly replica: ReplicaKey }
  | {
      readonly kind: 'addVoterAsked'
      readonly token: number
      readonly voter: Voter
      readonly ackWhenCommitted: boolean
    }
  | { readonly kind: 'removeVoterAsked'; readonly token: number; readonly voter: ReplicaKey }
  | { readonly kind: 'updateVoterAsked'; readonly token: number; readonly request: UpdateVoterCore }
  /** Nobody waits for the answer any more. */
  | { readonly kind: 'changeAbandoned'; readonly token: number }
  | {
      readonly kind: 'voteAnswered'
      readonly from: number
      readonly preVote: boolean
      readonly news: EpochNews
      readonly isGranted: boolean
    }
  | { readonly kind: 'beginEpochAnswered'; readonly from: number; readonly news: EpochNews }
  | { readonly kind: 'endEpochAnswered'; readonly from: number; readonly news: EpochNews }
  | { readonly kind: 'fetchAnswered'; readonly id: number; readonly answer: FetchAnswer }
  /** To updateVoter, addVoter or removeVoter. */
  | { readonly kind: 'membershipAnswered'; readonly news: EpochNews }
  | {
      readonly kind: 'requestFailed'
      readonly to: Address
      readonly request: Outgoing
      readonly reason: FailureReason
    }
  /** Give up the leadership, for a stop. */
  | { readonly kind: 'resign' }
  | { readonly kind: 'failed' }

/** What the leader tells who fetches; what `read` names is to be read from the log, as much as the request allows. */
export interface FetchReply {
  readonly errorCode: number
  /** Null: not known. */
  readonly highWatermark: number | null
  readonly logStart: number
  readonly diverging: EpochEnd | null
  readonly snapshot: SnapshotId | null
  readonly read: { readonly offset: number; readonly offsetEnd: number } | null
}

/** The answer to a request, beside epoch and leader, which are always those of the state. */
export type Reply =
  | { readonly kind: 'vote'; readonly errorCode: number; readonly isGranted: boolean }
  | { readonly kind: 'plain'; readonly errorCode: number; readonly message?: string }
  | ({ readonly kind: 'fetch' } & FetchReply)

export type QuorumEffect =
  /** Write and fsync quorum-state before performing the next effect. */
  | { readonly kind: 'persistElection'; readonly election: Election }
  /** Append the epoch's first batch: LeaderChange, then, if `voters` is set, KRaftVersion and Voters. */
  | {
      readonly kind: 'appendEpochStart'
      readonly epoch: number
      readonly grantingVoters: readonly number[]
      readonly voters: VoterSet | null
    }
  /** Append a control batch with the voters. */
  | { readonly kind: 'appendVoters'; readonly epoch: number; readonly voters: VoterSet }
  /** Append what was fetched, and report `appended` or `appendRefused`. No batch may be of a later epoch than this. */
  | { readonly kind: 'append'; readonly epoch: number; readonly payload: unknown }
  /** Cut the log, and report `truncated`. */
  | { readonly kind: 'truncate'; readonly offset: number }
  /** fsync the log up to `logEnd`, then report `synced`. */
  | { readonly kind: 'sync'; readonly logEnd: number }
  /** Records below `highWatermark` are committed: hand them out, in order. */
  | { readonly kind: 'commit'; readonly highWatermark: number }
  | { readonly kind: 'send'; readonly to: Address; readonly request: Outgoing }
  | { readonly kind: 'answer'; readonly token: number; readonly reply: Reply }
  /** Fetch the snapshot piece by piece from the leader. */
  | {
      readonly kind: 'fetchSnapshot'
      readonly id: SnapshotId
      readonly from: Address
      readonly epoch: number
    }
  /** Put the fetched snapshot in place of the log, and report `snapshotInstalled`. */
  | { readonly kind: 'installSnapshot'; readonly id: SnapshotId }
  /** Another node breaks the rules: stop before more is harmed. */
  | { readonly kind: 'fail'; readonly message: string }
