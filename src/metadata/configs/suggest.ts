/** Known keys further away than this share of their length are no typing mistakes. */
const DISTANCE_MAX_SHARE = 0.25

/** The known key that was probably meant, for "did you mean …?"; undefined: none is near. */
export function closestKey(key: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.floor(key.length * DISTANCE_MAX_SHARE) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - key.length) >= bestDistance) continue
    const distance = editDistance(key.toLowerCase(), candidate, bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein's distance: insertions, deletions and replacements from `a` to `b`. Gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    if (Math.min(...row) >= limit) return limit
    previous = row
  }
  return previous[b.length] as number
}
