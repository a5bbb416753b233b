const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes for people: `1.5 MiB`. */
export function formatSize(sizeBytes: number): string {
  const power = sizeBytes < 1024 ? 0 : Math.floor(Math.log2(sizeBytes) / 10)
  const unit = Math.min(power, UNITS.length - 1)
  const value = sizeBytes / 1024 ** unit
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
