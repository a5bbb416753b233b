const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
/** From here on the larger unit says enough. */
const FEW = 2

/** How long ago something was, in the unit that says enough: `0.2 s`, `90 s`, `5 min`, `30 h`. */
export function formatAgo(durationMs: number): string {
  if (durationMs < 10 * SECOND_MS) return `${(durationMs / SECOND_MS).toFixed(1)} s`
  if (durationMs < FEW * MINUTE_MS) return `${Math.floor(durationMs / SECOND_MS)} s`
  if (durationMs < FEW * HOUR_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`
  return `${Math.floor(durationMs / HOUR_MS)} h`
}
