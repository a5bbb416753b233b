import type { Uuid } from '../../base/index.ts'
import type { RecordValue } from '../records/record.ts'
import { inconsistent } from '../error.ts'
import { PersistentMap } from './persistent-map.ts'

/** One rule of access control, with the int8 codes of the ACL requests. */
export type AclImage = RecordValue<'accessControlEntry'>

/** Every rule by its id. */
export type AclsImage = PersistentMap<Uuid, AclImage>

export const noAcls: AclsImage = PersistentMap.empty()

export class AclsEditor {
  readonly #byId

  constructor(base: AclsImage) {
    this.#byId = base.edit()
  }

  add(acl: RecordValue<'accessControlEntry'>): void {
    this.#byId.set(acl.id, acl)
  }

  remove({ id }: RecordValue<'removeAccessControlEntry'>): void {
    if (this.#byId.get(id) === undefined) throw inconsistent(`remove the ACL ${id}`, 'no such ACL')
    this.#byId.delete(id)
  }

  finish(): AclsImage {
    return this.#byId.finish()
  }
}
