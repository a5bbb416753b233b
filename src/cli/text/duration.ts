const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** Milliseconds of `1500`, `200ms`, `30s`, `5m`, `1h`, `7d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text)
  const unit = UNITS.get(match?.[2] ?? 'ms')
  return match?.[1] === undefined || unit === undefined ? null : Math.round(Number(match[1]) * unit)
}
