import { int8, message } from '../../wire/index.ts'

/** A step of the migration from ZooKeeper. Clusters that went through 3.x hold it; it means nothing now. */
export const ZkMigrationStateRecord = message(
  { name: 'ZkMigrationStateRecord', key: 21, versions: [0, 0], flexibleSince: 0 },
  { zkMigrationState: int8 },
)
