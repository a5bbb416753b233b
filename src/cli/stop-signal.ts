/** How a command that runs on learns that it is enough. */

let controller: AbortController | null = null

/**
 * Aborted by SIGINT, SIGTERM, or when the reader of stdout has gone away. The command then ends in order; a second signal ends the
 * process at once.
 */
export function stopSignal(): AbortSignal {
  if (controller !== null) return controller.signal
  const made = new AbortController()
  controller = made
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (made.signal.aborted) process.exit(EXIT_SIGNALLED)
      made.abort()
    })
  }
  return made.signal
}

/** As shells report a process that SIGINT has ended. */
const EXIT_SIGNALLED = 130

/** Stdout has no reader any more. False: no command waits for the signal, so nothing is left to be done in order. */
export function stopForClosedPipe(): boolean {
  controller?.abort()
  return controller !== null
}

/** Resolves when the signal comes. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
