import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

export type DelegationToken = RecordValue<'delegationToken'>

/** Every delegation token by its id. */
export type DelegationTokensImage = PersistentMap<string, DelegationToken>

export const noDelegationTokens: DelegationTokensImage = PersistentMap.empty()

export class DelegationTokensEditor {
  readonly #byId

  constructor(base: DelegationTokensImage) {
    this.#byId = base.edit()
  }

  set(token: RecordValue<'delegationToken'>): void {
    this.#byId.set(token.tokenId, token)
  }

  remove({ tokenId }: RecordValue<'removeDelegationToken'>): void {
    this.#byId.delete(tokenId)
  }

  finish(): DelegationTokensImage {
    return this.#byId.finish()
  }
}
