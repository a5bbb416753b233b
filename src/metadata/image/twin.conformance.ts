/**
 * A second, plain statement of what the metadata records mean, to hold the image against: one object of
 * ordinary lists and maps, changed in place.
 */
import type { MetadataRecord } from '../records/record.ts'
import type { MetadataImage } from './image.ts'
import type { ScramCredential } from './scram.ts'

type Plain = Record<string, unknown>

export interface Twin {
  features: Map<string, number>
  brokers: Map<number, Plain & { epoch: number }>
  controllers: Map<number, Plain>
  topics: Map<string, { name: string; partitions: Array<Plain & TwinPartition> }>
  /** By `type:name`, then by key. */
  configs: Map<string, Map<string, string>>
  quotas: Map<string, Map<string, number>>
  nextProducerId: number
  acls: Map<string, Plain>
  scram: Map<string, Plain>
  tokens: Map<string, Plain>
}

interface TwinPartition {
  replicas: readonly number[]
  elr: readonly number[]
  lastKnownElr: readonly number[]
  leader: number
  leaderEpoch: number
  partitionEpoch: number
}

export function emptyTwin(): Twin {
  return {
    features: new Map(),
    brokers: new Map(),
    controllers: new Map(),
    topics: new Map(),
    configs: new Map(),
    quotas: new Map(),
    nextProducerId: 0,
    acls: new Map(),
    scram: new Map(),
    tokens: new Map(),
  }
}

/** What an image says, in the twin's form. Empty things are left out. */
export function twinOf(image: MetadataImage): Twin {
  const { cluster } = image
  return {
    features: new Map(image.features.levels),
    brokers: new Map([...cluster.brokers].map(([id, broker]) => [id, { ...broker }])),
    controllers: new Map(
      [...cluster.controllers].map(([id, controller]) => [id, { ...controller }]),
    ),
    topics: new Map(
      [...image.topics].map(({ id, name, partitions }) => {
        return [id, { name, partitions: partitions.map((partition) => ({ ...partition })) }]
      }),
    ),
    configs: new Map(
      [...image.configs.resources()].map(({ resource, values }) => {
        return [`${resource.type}:${resource.name}`, new Map(values)]
      }),
    ),
    quotas: new Map(
      [...image.clientQuotas].map(({ entity, values }) => [
        JSON.stringify(entity),
        new Map(values),
      ]),
    ),
    nextProducerId: image.producerIds.next,
    acls: new Map([...image.acls].map(([id, acl]) => [id, { ...acl }])),
    scram: new Map([...image.scram].map((c) => [`${c.mechanism}:${c.name}`, plainCredential(c)])),
    tokens: new Map([...image.delegationTokens].map(([id, token]) => [id, { ...token }])),
  }
}

function plainCredential(credential: ScramCredential): Plain {
  const { salt, storedKey, serverKey } = credential
  const [a, b, c] = [salt, storedKey, serverKey].map((bytes) => bytes.toString('hex'))
  return { ...credential, salt: a, storedKey: b, serverKey: c }
}

const NO_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA'

function ranges(features: ReadonlyArray<{ name: string } & Record<string, unknown>>): Plain['x'] {
  return new Map(
    features.map((f) => [f.name, { min: f['minSupportedVersion'], max: f['maxSupportedVersion'] }]),
  )
}

/** Changes the twin as the record says. The records must make sense. */
export function applyToTwin(twin: Twin, { type, value }: MetadataRecord): void {
  switch (type) {
    case 'featureLevel':
      if (value.featureLevel === 0) twin.features.delete(value.name)
      else twin.features.set(value.name, value.featureLevel)
      break
    case 'registerBroker':
      twin.brokers.set(value.brokerId, {
        id: value.brokerId,
        epoch: value.brokerEpoch,
        incarnationId: value.incarnationId,
        endpoints: value.endPoints,
        features: ranges(value.features),
        rack: value.rack,
        fenced: value.fenced,
        inControlledShutdown: value.inControlledShutdown,
        directories: value.logDirs,
        cordonedDirectories: value.cordonedLogDirs,
      })
      break
    case 'unregisterBroker':
      twin.brokers.delete(value.brokerId)
      break
    case 'fenceBroker':
      Object.assign(twin.brokers.get(value.id) as Plain, { fenced: true })
      break
    case 'unfenceBroker':
      Object.assign(twin.brokers.get(value.id) as Plain, { fenced: false })
      break
    case 'brokerRegistrationChange': {
      const broker = twin.brokers.get(value.brokerId) as Plain
      if (value.fenced === 1) broker['fenced'] = true
      if (value.fenced === -1) broker['fenced'] = false
      if (value.inControlledShutdown === 1) broker['inControlledShutdown'] = true
      if (value.logDirs.length > 0) broker['directories'] = value.logDirs
      if (value.cordonedLogDirs !== null) broker['cordonedDirectories'] = value.cordonedLogDirs
      break
    }
    case 'registerController':
      twin.controllers.set(value.controllerId, {
        id: value.controllerId,
        incarnationId: value.incarnationId,
        endpoints: value.endPoints,
        features: ranges(value.features),
      })
      break
    case 'topic':
      twin.topics.set(value.topicId, { name: value.name, partitions: [] })
      break
    case 'partition':
      partitionsOf(twin, value.topicId)[value.partitionId] = {
        index: value.partitionId,
        replicas: value.replicas,
        directories:
          value.directories.length > 0 ? value.directories : value.replicas.map(() => NO_DIRECTORY),
        isr: value.isr,
        addingReplicas: value.addingReplicas,
        removingReplicas: value.removingReplicas,
        elr: value.eligibleLeaderReplicas ?? [],
        lastKnownElr: value.lastKnownElr ?? [],
        leader: value.leader,
        leaderRecovering: value.leaderRecoveryState === 1,
        leaderEpoch: value.leaderEpoch,
        partitionEpoch: value.partitionEpoch,
      }
      break
    case 'partitionChange': {
      const partition = partitionsOf(twin, value.topicId)[value.partitionId] as Plain &
        TwinPartition
      const changes: Plain = {
        replicas: value.replicas,
        directories: value.directories,
        isr: value.isr,
        addingReplicas: value.addingReplicas,
        removingReplicas: value.removingReplicas,
        elr: value.eligibleLeaderReplicas,
        lastKnownElr: value.lastKnownElr,
      }
      for (const [name, change] of Object.entries(changes)) {
        if (change !== null) Object.assign(partition, { [name]: change })
      }
      if (value.leaderRecoveryState >= 0) {
        Object.assign(partition, { leaderRecovering: value.leaderRecoveryState === 1 })
      }
      if (value.leader !== -2) {
        partition.leader = value.leader
        partition.leaderEpoch += 1
      }
      partition.partitionEpoch += 1
      break
    }
    case 'clearElr':
      for (const { name, partitions } of twin.topics.values()) {
        if (value.topicName !== '' && value.topicName !== name) continue
        for (const partition of partitions) {
          if (partition.elr.length + partition.lastKnownElr.length === 0) continue
          Object.assign(partition, { elr: [], lastKnownElr: [] })
          partition.partitionEpoch += 1
        }
      }
      break
    case 'removeTopic':
      twin.configs.delete(`2:${twin.topics.get(value.topicId)?.name}`)
      twin.topics.delete(value.topicId)
      break
    case 'config': {
      const key = `${value.resourceType}:${value.resourceName}`
      setIn(twin.configs, key, value.name, value.value)
      break
    }
    case 'clientQuota':
      setIn(twin.quotas, JSON.stringify(value.entity), value.key, value.remove ? null : value.value)
      break
    case 'producerIds':
      twin.nextProducerId = value.nextProducerId
      break
    case 'accessControlEntry':
      twin.acls.set(value.id, value)
      break
    case 'removeAccessControlEntry':
      twin.acls.delete(value.id)
      break
    case 'userScramCredential':
      twin.scram.set(`${value.mechanism}:${value.name}`, plainCredential(value))
      break
    case 'removeUserScramCredential':
      twin.scram.delete(`${value.mechanism}:${value.name}`)
      break
    case 'delegationToken':
      twin.tokens.set(value.tokenId, value)
      break
    case 'removeDelegationToken':
      twin.tokens.delete(value.tokenId)
      break
    default: // Nothing else changes anything.
  }
}

function partitionsOf(twin: Twin, topicId: string): Array<Plain & TwinPartition> {
  return twin.topics.get(topicId)?.partitions ?? []
}

function setIn<V>(
  maps: Map<string, Map<string, V>>,
  key: string,
  name: string,
  value: V | null,
): void {
  const map = maps.get(key) ?? new Map<string, V>()
  if (value === null) map.delete(name)
  else map.set(name, value)
  if (map.size > 0) maps.set(key, map)
  else maps.delete(key)
}
