import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

/** A user's SCRAM credential. */
export type ScramCredential = RecordValue<'userScramCredential'>

/** SCRAM credentials by mechanism (1: SCRAM-SHA-256, 2: SCRAM-SHA-512) and user. */
export class ScramImage implements Iterable<ScramCredential> {
  static readonly empty = new ScramImage(PersistentMap.empty())

  /** For {@link ScramEditor}. */
  readonly byKey: PersistentMap<string, ScramCredential>

  constructor(byKey: PersistentMap<string, ScramCredential>) {
    this.byKey = byKey
  }

  credential(mechanism: number, user: string): ScramCredential | undefined {
    return this.byKey.get(credentialKey(mechanism, user))
  }

  [Symbol.iterator](): Generator<ScramCredential> {
    return this.byKey.values()
  }
}

function credentialKey(mechanism: number, user: string): string {
  return `${mechanism}:${user}`
}

export class ScramEditor {
  readonly #base: ScramImage
  readonly #byKey

  constructor(base: ScramImage) {
    this.#base = base
    this.#byKey = base.byKey.edit()
  }

  set(credential: RecordValue<'userScramCredential'>): void {
    // Decoded bytes are views on their batch: copies let go of it.
    this.#byKey.set(credentialKey(credential.mechanism, credential.name), {
      ...credential,
      salt: Buffer.from(credential.salt),
      storedKey: Buffer.from(credential.storedKey),
      serverKey: Buffer.from(credential.serverKey),
    })
  }

  remove({ name, mechanism }: RecordValue<'removeUserScramCredential'>): void {
    this.#byKey.delete(credentialKey(mechanism, name))
  }

  finish(): ScramImage {
    const byKey = this.#byKey.finish()
    return byKey === this.#base.byKey ? this.#base : new ScramImage(byKey)
  }
}
