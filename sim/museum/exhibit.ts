/** A bug that others have had, put back into the code as it is now. The code itself knows nothing of it. */
export interface Exhibit {
  /** As on the command line. */
  readonly name: string
  /** What is wrong, in one line. */
  readonly title: string
  /** Who had it, or who described it. */
  readonly source: string
  /** Where in the source text; each place must be found exactly once. */
  readonly patches: readonly SourcePatch[]
  /** The profile of the simulator that must find it. */
  readonly profile: 'storage' | 'cluster'
  /** It is found within so many seeds, beginning with 1. */
  readonly seeds: number
}

export interface SourcePatch {
  /** Path from the project's root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}
