const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const STEP = 1024

/** `512 B`, `1.5 KiB`, `20 GiB`: three digits are enough for people. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes
  let unit = 0
  // What would be rounded up to 1024 is one of the next unit.
  while (value >= STEP - 0.5 && unit < BINARY.length - 1) {
    value /= STEP
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${BINARY[unit]}`
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
])

/** Bytes of `1500`, `10MB`, `1.5 GiB`; null for anything else. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)?$/.exec(text)
  const unit = UNITS.get(match?.[2] ?? '')
  return match?.[1] === undefined || unit === undefined ? null : Math.round(Number(match[1]) * unit)
}
