import { message, uuid } from '../../wire/index.ts'

/** One rule of access control is gone. */
export const RemoveAccessControlEntryRecord = message(
  { name: 'RemoveAccessControlEntryRecord', key: 19, versions: [0, 0], flexibleSince: 0 },
  { id: uuid },
)
