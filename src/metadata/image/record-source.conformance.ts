import { uuidFromBytes } from '../../base/index.ts'
import type { Prng } from '../../base/index.ts'
import { metadataRecord } from '../records/record.ts'
import type { MetadataRecord } from '../records/record.ts'
import { applyToTwin, emptyTwin } from './twin.conformance.ts'

/** Makes records that fit what the twin has seen so far, and applies them to it. */
export class RecordSource {
  readonly #prng: Prng
  readonly twin = emptyTwin()

  constructor(prng: Prng) {
    this.#prng = prng
  }

  next(): MetadataRecord {
    const makers = [
      () => this.#topic(),
      () => this.#partition(),
      () => this.#partition(),
      () => this.#partitionChange(),
      () => this.#partitionChange(),
      () => this.#partitionChange(),
      () => this.#broker(),
      () => this.#cluster(),
      () => this.#config(),
      () => this.#config(),
      () => this.#other(),
      () => this.#security(),
    ]
    const record = this.#prng.pick(makers)()
    applyToTwin(this.twin, record)
    return record
  }

  #uuid(): string {
    return uuidFromBytes(this.#prng.bytes(16))
  }

  #ids(max = 3): number[] {
    return Array.from({ length: this.#prng.int(0, max) }, () => this.#prng.int(1, 9))
  }

  #name(prefix: string): string {
    return `${prefix}-${this.#prng.int(0, 9)}`
  }

  #topic(): MetadataRecord {
    const { topics } = this.twin
    const [topicId] = topics.size > 0 ? this.#prng.pick([...topics]) : ['']
    if (topicId !== '' && this.#prng.chance(0.3)) return metadataRecord('removeTopic', { topicId })
    const name = this.#name('topic')
    if ([...topics.values()].some((topic) => topic.name === name)) {
      return metadataRecord('clearElr', { topicName: this.#prng.chance(0.5) ? name : '' })
    }
    return metadataRecord('topic', { name, topicId: this.#uuid() })
  }

  #partition(): MetadataRecord {
    const { topics } = this.twin
    if (topics.size === 0) return this.#topic()
    const [topicId, { partitions }] = this.#prng.pick([...topics])
    const again = partitions.length > 0 && this.#prng.chance(0.1)
    const partitionId = again ? this.#prng.int(0, partitions.length - 1) : partitions.length
    const replicas = this.#ids()
    return metadataRecord('partition', {
      partitionId,
      topicId,
      replicas,
      isr: this.#prng.chance(0.5) ? [...replicas] : this.#ids(),
      removingReplicas: this.#ids(1),
      addingReplicas: this.#ids(1),
      leader: this.#prng.int(-1, 9),
      leaderRecoveryState: this.#prng.int(0, 1),
      leaderEpoch: this.#prng.int(0, 9),
      partitionEpoch: this.#prng.int(0, 9),
      directories: this.#prng.chance(0.3) ? [] : replicas.map(() => this.#uuid()),
      eligibleLeaderReplicas: this.#prng.chance(0.5) ? null : this.#ids(),
      lastKnownElr: this.#prng.chance(0.5) ? null : this.#ids(1),
    })
  }

  #partitionChange(): MetadataRecord {
    const withPartitions = [...this.twin.topics].filter(([, topic]) => topic.partitions.length > 0)
    if (withPartitions.length === 0) return this.#partition()
    const [topicId, { partitions }] = this.#prng.pick(withPartitions)
    const partitionId = this.#prng.int(0, partitions.length - 1)
    const some = <T>(value: T): T | null => (this.#prng.chance(0.3) ? value : null)
    const replicas = some(this.#ids())
    const count = (replicas ?? partitions[partitionId]?.replicas ?? []).length
    const directories = Array.from({ length: count }, () => this.#uuid())
    return metadataRecord('partitionChange', {
      partitionId,
      topicId,
      isr: some(this.#ids()),
      leader: some(this.#prng.int(-1, 9)) ?? -2,
      replicas,
      removingReplicas: some(this.#ids(1)),
      addingReplicas: some(this.#ids(1)),
      leaderRecoveryState: this.#prng.int(-1, 1),
      directories: replicas === null ? some(directories) : directories,
      eligibleLeaderReplicas: some(this.#ids()),
      lastKnownElr: some(this.#ids(1)),
    })
  }

  #broker(): MetadataRecord {
    const { brokers } = this.twin
    const known = brokers.size > 0 ? this.#prng.pick([...brokers]) : undefined
    if (known === undefined || this.#prng.chance(0.3)) return this.#registerBroker()
    const [brokerId, { epoch: brokerEpoch }] = known
    if (this.#prng.chance(0.1)) {
      return metadataRecord('unregisterBroker', { brokerId, brokerEpoch })
    }
    if (this.#prng.chance(0.2)) {
      const type = this.#prng.chance(0.5) ? 'fenceBroker' : 'unfenceBroker'
      return metadataRecord(type, { id: brokerId, epoch: brokerEpoch })
    }
    return metadataRecord('brokerRegistrationChange', {
      brokerId,
      brokerEpoch,
      fenced: this.#prng.int(-1, 1),
      inControlledShutdown: this.#prng.int(0, 1),
      logDirs: this.#prng.chance(0.5) ? [] : [this.#uuid()],
      cordonedLogDirs: this.#prng.pick([null, [], [this.#uuid()]]),
    })
  }

  #registerBroker(): MetadataRecord {
    return metadataRecord('registerBroker', {
      brokerId: this.#prng.int(0, 5),
      incarnationId: this.#uuid(),
      brokerEpoch: this.#prng.int(0, 1000),
      endPoints: [{ name: 'PLAINTEXT', host: this.#name('host'), port: 9092, securityProtocol: 0 }],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: this.#prng.pick([null, 'r1', 'r2']),
      fenced: this.#prng.chance(0.5),
      inControlledShutdown: this.#prng.chance(0.2),
      logDirs: [this.#uuid()],
      cordonedLogDirs: this.#prng.pick([null, []]),
    })
  }

  #cluster(): MetadataRecord {
    if (this.#prng.chance(0.5)) {
      const name = this.#prng.pick(['metadata.version', 'group.version', 'z'])
      return metadataRecord('featureLevel', { name, featureLevel: this.#prng.int(0, 30) })
    }
    return metadataRecord('registerController', {
      controllerId: this.#prng.int(0, 3),
      incarnationId: this.#uuid(),
      zkMigrationReady: false,
      endPoints: [],
      features: [{ name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 }],
    })
  }

  #config(): MetadataRecord {
    const isTopic = this.#prng.chance(0.7)
    return metadataRecord('config', {
      resourceType: isTopic ? 2 : 4,
      resourceName: isTopic ? this.#name('topic') : this.#prng.pick(['', '1']),
      name: this.#name('key'),
      value: this.#prng.chance(0.4) ? null : this.#name('value'),
    })
  }

  #other(): MetadataRecord {
    const makers = [
      () => metadataRecord('noOp', {}),
      () => metadataRecord('zkMigrationState', { zkMigrationState: 0 }),
      () =>
        metadataRecord('producerIds', {
          brokerId: 1,
          nextProducerId: this.twin.nextProducerId + 1000,
        }),
      () =>
        metadataRecord('clientQuota', {
          entity: [{ entityType: 'user', entityName: this.#prng.pick([null, 'ada']) }],
          key: this.#name('rate'),
          value: this.#prng.float(),
          remove: this.#prng.chance(0.4),
        }),
    ]
    return this.#prng.pick(makers)()
  }

  #security(): MetadataRecord {
    const { acls } = this.twin
    const name = this.#prng.pick(['ada', 'bob'])
    const tokenId = this.#name('token')
    const makers = [
      () => this.#acl(),
      () => {
        if (acls.size === 0) return this.#acl()
        return metadataRecord('removeAccessControlEntry', { id: this.#prng.pick([...acls.keys()]) })
      },
      () =>
        metadataRecord('userScramCredential', {
          name,
          mechanism: this.#prng.int(1, 2),
          salt: this.#prng.bytes(4),
          storedKey: this.#prng.bytes(4),
          serverKey: this.#prng.bytes(4),
          iterations: 4096,
        }),
      () => metadataRecord('removeUserScramCredential', { name, mechanism: this.#prng.int(1, 2) }),
      () =>
        metadataRecord('delegationToken', {
          owner: 'User:ada',
          requester: 'User:ada',
          renewers: [],
          issueTimestamp: 1,
          maxTimestamp: 3,
          expirationTimestamp: 2,
          tokenId,
        }),
      () => metadataRecord('removeDelegationToken', { tokenId }),
    ]
    return this.#prng.pick(makers)()
  }

  #acl(): MetadataRecord {
    return metadataRecord('accessControlEntry', {
      id: this.#uuid(),
      resourceType: 2,
      resourceName: this.#name('topic'),
      patternType: 3,
      principal: 'User:ada',
      host: '*',
      operation: 3,
      permissionType: 3,
    })
  }
}
