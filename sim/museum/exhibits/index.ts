import type { Exhibit } from '../exhibit.ts'
import { ackBeforeTheFlush } from './01-ack-before-the-flush.ts'
import { flushCoversWhatCameLater } from './02-flush-covers-what-came-later.ts'
import { failedFlushTriedAgain } from './03-failed-flush-tried-again.ts'
import { directoryNotFlushed } from './04-directory-not-flushed.ts'
import { parentDirectoryNotFlushed } from './05-parent-directory-not-flushed.ts'
import { renameWithoutFlush } from './07-rename-without-flush.ts'
import { producersForgotten } from './09-producers-forgotten.ts'
import { logStartForgotten } from './10-log-start-forgotten.ts'
import { cleanMarkLeft } from './11-clean-mark-left.ts'
import { indexOutlivesItsLog } from './14-index-outlives-its-log.ts'
import { failedDirGoesOn } from './17-failed-dir-goes-on.ts'
import { namesakeInheritsCheckpoint } from './18-namesake-inherits-checkpoint.ts'
import { followerCutsToHighWatermark } from './31-follower-cuts-to-high-watermark.ts'
import { divergenceNotSeen } from './32-divergence-not-seen.ts'
import { followerSpeaksBeforeItsDisk } from './35-follower-speaks-before-its-disk.ts'
import { laggardsLeftOutAlone } from './36-laggards-left-out-alone.ts'
import { oldAcksInANewEpoch } from './37-old-acks-in-a-new-epoch.ts'
import { voteNotKept } from './39-vote-not-kept.ts'
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
  renameWithoutFlush,
  producersForgotten,
  logStartForgotten,
  cleanMarkLeft,
  indexOutlivesItsLog,
  failedDirGoesOn,
  namesakeInheritsCheckpoint,
  followerCutsToHighWatermark,
  divergenceNotSeen,
  followerSpeaksBeforeItsDisk,
  laggardsLeftOutAlone,
  oldAcksInANewEpoch,
  voteNotKept,
  anyReplicaMayLead,
  offsetAckedBeforeCommit,
  producersKeptAfterACut,
  acksAllMeansLeader,
]
