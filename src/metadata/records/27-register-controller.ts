import { array, bool, int16, int32, message, string, uint16, uuid } from '../../wire/index.ts'

/** A controller's listeners and feature ranges (metadata.version 15). */
export const RegisterControllerRecord = message(
  { name: 'RegisterControllerRecord', key: 27, versions: [0, 0], flexibleSince: 0 },
  {
    controllerId: int32,
    incarnationId: uuid,
    /** Left over from the migration from ZooKeeper: false. */
    zkMigrationReady: bool,
    endPoints: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
  },
)
