/** Writes to stdout and waits until it is taken. Resolves as well when the reader has gone away: see stop-signal.ts. */
export function writeOut(bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(bytes, () => resolve())
  })
}
