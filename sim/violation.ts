/** The system under test broke its promise. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** Which checker found it. */
  readonly checker: string

  constructor(checker: string, message: string) {
    super(`${checker}: ${message}`)
    this.checker = checker
  }
}
