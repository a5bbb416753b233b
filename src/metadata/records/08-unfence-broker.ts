import { int32, int64, message } from '../../wire/index.ts'

/** A broker became alive. Only in logs of metadata.version 5 and older; read, never written. */
export const UnfenceBrokerRecord = message(
  { name: 'UnfenceBrokerRecord', key: 8, versions: [0, 0], flexibleSince: 0 },
  { id: int32, epoch: int64 },
)
