/** A node that serves. */
export interface RunningNode {
  readonly nodeId: number
  readonly clusterId: string
  /** Bound addresses of the Kafka listeners. */
  readonly kafka: ReadonlyArray<{
    readonly name: string
    readonly host: string
    readonly port: number
  }>
  /** Null: switched off. */
  readonly http: { readonly host: string; readonly port: number } | null
  readonly logDirs: readonly string[]
  /** Milliseconds from the call of `startNode` until clients are served. */
  readonly startedInMs: number
  /** Resolves with the reason when the node can no longer go on by itself; the caller then stops it. */
  readonly failed: Promise<Error>
  /** Stops serving, flushes, and leaves the log dirs as after a clean stop. */
  stop(): Promise<void>
}
