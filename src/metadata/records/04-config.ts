import { int8, message, nullable, string } from '../../wire/index.ts'

/** One configuration key of one resource. A null value takes the key away. */
export const ConfigRecord = message(
  { name: 'ConfigRecord', key: 4, versions: [0, 0], flexibleSince: 0 },
  { resourceType: int8, resourceName: string, name: string, value: nullable(string) },
)
