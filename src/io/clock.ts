/** Time. Durations and deadlines use the monotonic clock; only timestamps shown to users use the wall clock. */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back. May have a fraction. */
  monotonicMs(): number
  /** Milliseconds since 1970-01-01 UTC, whole. May jump. */
  wallMs(): number
  /** Calls `callback` once, not before `delayMs` from now. Does not keep the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer
  /** Calls `callback` in a later macrotask, after I/O that is ready. */
  soon(callback: () => void): void
}

export interface Timer {
  /** After this the callback never runs. Harmless when it has run. */
  cancel(): void
}
