/** Writes to stdout and waits until it is taken. False: the reader has gone away, which stop-signal.ts tells as well. */
export function writeOut(bytes: Uint8Array | string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(bytes, (error) => resolve(!error))
  })
}
