import type { Exhibit } from '../exhibit.ts'
import { ackBeforeTheFlush } from './01-ack-before-the-flush.ts'
import { flushCoversWhatCameLater } from './02-flush-covers-what-came-later.ts'
import { failedFlushTriedAgain } from './03-failed-flush-tried-again.ts'
import { directoryNotFlushed } from './04-directory-not-flushed.ts'
import { parentDirectoryNotFlushed } from './05-parent-directory-not-flushed.ts'
import { recoveryPointAhead } from './06-recovery-point-ahead.ts'
import { renameWithoutFlush } from './07-rename-without-flush.ts'
import { tornTailServed } from './08-torn-tail-served.ts'
import { producersForgotten } from './09-producers-forgotten.ts'
import { logStartForgotten } from './10-log-start-forgotten.ts'
import { cleanMarkLeft } from './11-clean-mark-left.ts'
import { cleanMarkComesBack } from './12-clean-mark-comes-back.ts'
import { halfABatchStays } from './13-half-a-batch-stays.ts'
import { indexOutlivesItsLog } from './14-index-outlives-its-log.ts'
import { oldSegmentsGoFirst } from './15-old-segments-go-first.ts'
import { damageEndsTheLog } from './16-damage-ends-the-log.ts'
import { failedDirGoesOn } from './17-failed-dir-goes-on.ts'
import { namesakeInheritsCheckpoint } from './18-namesake-inherits-checkpoint.ts'
import { retentionLeavesAHole } from './19-retention-leaves-a-hole.ts'
import { followerCutsToHighWatermark } from './31-follower-cuts-to-high-watermark.ts'
import { divergenceNotSeen } from './32-divergence-not-seen.ts'
import { joiningFollowerNotCounted } from './33-joining-follower-not-counted.ts'
import { joinsBeforeTheEpochStart } from './34-joins-before-the-epoch-start.ts'
import { followerSpeaksBeforeItsDisk } from './35-follower-speaks-before-its-disk.ts'
import { laggardsLeftOutAlone } from './36-laggards-left-out-alone.ts'
import { oldAcksInANewEpoch } from './37-old-acks-in-a-new-epoch.ts'
import { newLeaderShowsAll } from './38-new-leader-shows-all.ts'
import { voteNotKept } from './39-vote-not-kept.ts'
import { oldEpochCommittedByCount } from './40-old-epoch-committed-by-count.ts'
import { leaderCountsTwice } from './41-leader-counts-twice.ts'
import { voterSpeaksBeforeItsDisk } from './42-voter-speaks-before-its-disk.ts'
import { fencedBrokerJoins } from './43-fenced-broker-joins.ts'
import { anyReplicaMayLead } from './44-any-replica-may-lead.ts'
import { offsetAckedBeforeCommit } from './45-offset-acked-before-commit.ts'
import { producersKeptAfterACut } from './46-producers-kept-after-a-cut.ts'
import { acksAllMeansLeader } from './47-acks-all-means-leader.ts'

/** In the order of their numbers. */
export const exhibits: readonly Exhibit[] = [
  ackBeforeTheFlush,
  flushCoversWhatCameLater,
  failedFlushTriedAgain,
  directoryNotFlushed,
  parentDirectoryNotFlushed,
  recoveryPointAhead,
  renameWithoutFlush,
  tornTailServed,
  producersForgotten,
  logStartForgotten,
  cleanMarkLeft,
  cleanMarkComesBack,
  halfABatchStays,
  indexOutlivesItsLog,
  oldSegmentsGoFirst,
  damageEndsTheLog,
  failedDirGoesOn,
  namesakeInheritsCheckpoint,
  retentionLeavesAHole,
  followerCutsToHighWatermark,
  divergenceNotSeen,
  joiningFollowerNotCounted,
  joinsBeforeTheEpochStart,
  followerSpeaksBeforeItsDisk,
  laggardsLeftOutAlone,
  oldAcksInANewEpoch,
  newLeaderShowsAll,
  voteNotKept,
  oldEpochCommittedByCount,
  leaderCountsTwice,
  voterSpeaksBeforeItsDisk,
  fencedBrokerJoins,
  anyReplicaMayLead,
  offsetAckedBeforeCommit,
  producersKeptAfterACut,
  acksAllMeansLeader,
]
