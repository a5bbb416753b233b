import { int8, message, string, uuid } from '../../wire/index.ts'

/** One rule of access control. The int8 codes are those of the ACL requests. */
export const AccessControlEntryRecord = message(
  { name: 'AccessControlEntryRecord', key: 18, versions: [0, 0], flexibleSince: 0 },
  {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
)
