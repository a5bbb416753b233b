/** A hook for a client that changes, in its answers, every number of that name that is not negative: for the tests of the checkers. */
export function changing(name: string, change: (value: number) => number): <A>(answer: A) => A {
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return
    const fields = value as Record<string, unknown>
    for (const [key, inner] of Object.entries(fields)) {
      if (key === name && typeof inner === 'number' && inner >= 0) fields[key] = change(inner)
      else walk(inner)
    }
  }
  return (answer) => {
    walk(answer)
    return answer
  }
}
