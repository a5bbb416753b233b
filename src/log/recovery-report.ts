import type { LogState } from './log-state.ts'
import type { RecoveryOutcome } from './results.ts'

/** Tells people what recovery did, if it did anything that they should know. */
export function reportRecovery(log: LogState, outcome: RecoveryOutcome): void {
  const { cut, rebuilt, verifiedBytes } = outcome
  for (const what of rebuilt) log.env.telemetry.log('warn', 'log.rebuilt', `${log.name}: ${what}`)
  if (cut === null) return
  log.env.telemetry.log(
    'warn',
    'log.cut',
    `${log.name}: cut ${cut.sizeBytes} bytes that were never flushed, at byte ${cut.position} of segment ${cut.segmentBaseOffset}: ${cut.reason}. The log ends at ${cut.offset}`,
    { verifiedBytes, logEnd: cut.offset },
  )
}
