import { int8, message, string } from '../../wire/index.ts'

/** A user's SCRAM credential for one mechanism is gone. */
export const RemoveUserScramCredentialRecord = message(
  { name: 'RemoveUserScramCredentialRecord', key: 22, versions: [0, 0], flexibleSince: 0 },
  { name: string, mechanism: int8 },
)
