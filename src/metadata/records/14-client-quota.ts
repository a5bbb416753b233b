import { array, bool, float64, message, nullable, string } from '../../wire/index.ts'

/** One quota value of one client entity. */
export const ClientQuotaRecord = message(
  { name: 'ClientQuotaRecord', key: 14, versions: [0, 0], flexibleSince: 0 },
  {
    /** `user`, `client-id` or `ip`, each with a name; null is the default entity of that type. */
    entity: array({ entityType: string, entityName: nullable(string) }),
    key: string,
    value: float64,
    remove: bool,
  },
)
