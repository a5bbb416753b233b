/**
 * Any sequence of decisions over any cluster keeps what makes a partition safe. The twin of it all is this file's list of invariants, not
 * another implementation.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../base/index.ts'
import { applyRecords, configResourceTypes, metadataRecord } from '../metadata/index.ts'
import type {
  MetadataImage,
  MetadataRecord,
  PartitionImage,
  TopicImage,
} from '../metadata/index.ts'
import { alterPartition } from './alter-partition.ts'
import { assignReplicasToDirs } from './assign-directories.ts'
import { incrementalAlterConfigs } from './configs.ts'
import { createTopics } from './create-topics.ts'
import type { ControllerContext } from './decision.ts'
import { electLeaders, electPreferredLeaders, electUncleanLeaders } from './elect-leaders.ts'
import { isDirectoryOnline } from './elections.ts'
import { fence } from './fencing.ts'
import { CLUSTER_ID, clusterOf, contextOf, directoryOf, withElr } from './harness.conformance.ts'
import { heartbeat } from './heartbeat.ts'
import { isReassigning } from './reassignment-progress.ts'
import { alterPartitionReassignments } from './reassignments.ts'
import { registerBroker } from './register-broker.ts'
import { unregisterBroker } from './unregister-broker.ts'

const BROKERS = 5
/** Never unregistered, so that no broker is ever alone. */
const FIXED = 2

/** A broker comes with the first one, and registers with both. */
const directoriesOf = (brokerId: number): string[] => [
  directoryOf(brokerId),
  directoryOf(20 + brokerId),
]

/** Numbers that a step makes its choices from. */
interface Choices {
  readonly step: number
  readonly a: number
  readonly b: number
  readonly c: number
}

class World {
  image: MetadataImage
  readonly allowsUnclean: boolean
  #context: ControllerContext
  #nextOffset = 1000
  #incarnation = 0

  constructor(withEligible: boolean, allowsUnclean: boolean, seed: number) {
    const cluster = clusterOf(BROKERS)
    this.image = withEligible ? withElr(cluster) : cluster
    this.allowsUnclean = allowsUnclean
    const config = {
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': String(allowsUnclean),
    }
    this.#context = contextOf(config, seed)
  }

  get context(): ControllerContext {
    return { ...this.#context, nextOffset: this.#nextOffset }
  }

  newIncarnation(): string {
    this.#incarnation += 1
    return directoryOf(110 + (this.#incarnation % 140))
  }

  take(records: readonly MetadataRecord[]): void {
    this.image = applyRecords(this.image, records)
    this.#nextOffset += records.length + 1
  }

  partition(choice: number): { topic: TopicImage; partition: PartitionImage } | null {
    const all = [...this.image.topics].flatMap((topic) => {
      return topic.partitions.map((partition) => ({ topic, partition }))
    })
    return all[choice % Math.max(all.length, 1)] ?? null
  }
}

type Step = (world: World, choices: Choices) => readonly MetadataRecord[]

const brokerOf = (choice: number): number => 1 + (choice % BROKERS)

/** Broker ids in an order that the choice says, at least one. */
function someBrokers(choice: number, count: number): number[] {
  const ids = Array.from({ length: BROKERS }, (_, i) => brokerOf(i * (1 + (choice % 4)) + choice))
  return [...new Set(ids)].slice(0, Math.max(1, count))
}

const create: Step = ({ image, context }, { a, b }) => {
  const brokerIds = someBrokers(a, 1 + (b % 4))
  const topic = {
    name: `t${image.topics.size}`,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds }],
    configs: [],
  }
  const request = { topics: [topic], timeoutMs: 0, validateOnly: false }
  return createTopics(image, request, context).records
}

const register: Step = (world, { a, b }) => {
  const { image, context } = world
  const brokerId = brokerOf(a)
  const request = {
    brokerId,
    clusterId: CLUSTER_ID,
    incarnationId: world.newIncarnation(),
    listeners: [],
    features: [
      { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
      { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
    ],
    rack: null,
    isMigratingZkBroker: false,
    logDirs: directoriesOf(brokerId),
    previousBrokerEpoch: b % 2 === 0 ? (image.cluster.broker(brokerId)?.epoch ?? -1) : -1,
  }
  return registerBroker(image, request, context, () => false).records
}

const beat: Step = ({ image, context }, { a, b, c }) => {
  const brokerId = brokerOf(a)
  const online = image.cluster.broker(brokerId)?.directories ?? []
  const request = {
    brokerId,
    brokerEpoch: image.cluster.broker(brokerId)?.epoch ?? -1,
    currentMetadataOffset: b % 7 === 0 ? -1 : 1_000_000,
    wantFence: b % 5 === 0,
    wantShutDown: b % 3 === 0,
    // Never the last one: a broker without directories stops.
    offlineLogDirs: online.length > 1 && c % 5 === 0 ? online.slice(0, 1) : [],
    cordonedLogDirs: null,
  }
  const sessions = {
    isInSession: () => false,
    shutdownOffset: () => (c % 2 === 0 ? null : 10),
    lowestActiveOffset: () => c % 20,
  }
  return heartbeat(image, request, context, sessions, 0).records
}

const drop: Step = ({ image, context }, { a }) => {
  const broker = image.cluster.broker(brokerOf(a))
  return broker === undefined || broker.fenced ? [] : [...fence(image, context.broker, broker)]
}

const forget: Step = ({ image, context }, { a }) => {
  const brokerId = FIXED + 1 + (a % (BROKERS - FIXED))
  return unregisterBroker(image, { brokerId }, context).records
}

/** A leader asks for a random ISR, as it may when it knows too little. */
const alter: Step = (world, { a, b, c }) => {
  const { image, context } = world
  const chosen = world.partition(a)
  if (chosen === null) return []
  const { topic, partition } = chosen
  const members = partition.replicas.filter((id, i) => {
    // A replica in a failed directory does not fetch.
    const mayJoin = isDirectoryOnline(image.cluster, partition, id) && ((b >> i) & 1) === 1
    return id === partition.leader || mayJoin
  })
  const asked = {
    partitionIndex: partition.index,
    leaderEpoch: partition.leaderEpoch,
    newIsr: [],
    newIsrWithEpochs: members.map((brokerId) => {
      return { brokerId, brokerEpoch: image.cluster.broker(brokerId)?.epoch ?? -1 }
    }),
    leaderRecoveryState: partition.leaderRecovering && c % 2 === 0 ? 1 : 0,
    partitionEpoch: partition.partitionEpoch,
  }
  const request = {
    brokerId: partition.leader,
    brokerEpoch: image.cluster.broker(partition.leader)?.epoch ?? -1,
    topics: [{ topicId: topic.id, partitions: [asked] }],
  }
  return alterPartition(image, request, context).records
}

const reassign: Step = (world, { a, b, c }) => {
  const chosen = world.partition(a)
  if (chosen === null) return []
  const replicas = c % 4 === 0 ? null : someBrokers(b, 1 + (c % 4))
  const partitions = [{ partitionIndex: chosen.partition.index, replicas }]
  const request = {
    timeoutMs: 0,
    allowReplicationFactorChange: true,
    topics: [{ name: chosen.topic.name, partitions }],
  }
  return alterPartitionReassignments(world.image, request, world.context).records
}

const assign: Step = (world, { a, b, c }) => {
  const { image, context } = world
  const chosen = world.partition(a)
  if (chosen === null) return []
  const { topic, partition } = chosen
  const brokerId = partition.replicas[b % partition.replicas.length] ?? -1
  const id = directoriesOf(brokerId)[c % 2] ?? ''
  const partitions = [{ partitionIndex: partition.index }]
  const request = {
    brokerId,
    brokerEpoch: image.cluster.broker(brokerId)?.epoch ?? -1,
    directories: [{ id, topics: [{ topicId: topic.id, partitions }] }],
  }
  return assignReplicasToDirs(image, request, context).records
}

const elect: Step = ({ image, context }, { a }) => {
  const request = { electionType: 0, topicPartitions: null, timeoutMs: 0 }
  const decisions = [electLeaders, electPreferredLeaders, electUncleanLeaders] as const
  if (a % 3 === 0) return decisions[0](image, request, context).records
  return decisions[a % 3 === 1 ? 1 : 2](image, context).records
}

const configure: Step = ({ image, context }, { a }) => {
  const value = String(1 + (a % 3))
  const configs = [{ name: 'min.insync.replicas', configOperation: 0, value }]
  const { BROKER: resourceType } = configResourceTypes
  const resources = [{ resourceType, resourceName: '', configs }]
  return incrementalAlterConfigs(image, { resources, validateOnly: false }, context).records
}

const steps: readonly Step[] = [
  create,
  register,
  beat,
  beat,
  beat,
  drop,
  forget,
  alter,
  alter,
  alter,
  reassign,
  reassign,
  assign,
  elect,
  configure,
]

/** What is wrong with a partition as it stands. */
function problemsOf({ image: { cluster } }: World, partition: PartitionImage): string[] {
  const { leader, isr, elr, replicas, directories, addingReplicas, removingReplicas } = partition
  const canLead = (id: number): boolean =>
    cluster.isActive(id) && isDirectoryOnline(cluster, partition, id)
  const problems = {
    'no replicas': replicas.length === 0,
    'an id twice': [replicas, isr, elr].some((ids) => new Set(ids).size !== ids.length),
    'an id that is no replica': [isr, elr, addingReplicas, removingReplicas]
      .flat()
      .some((id) => !replicas.includes(id)),
    'directories that do not fit': directories.length !== replicas.length,
    'in sync and eligible': isr.some((id) => elr.includes(id)),
    'a leader out of sync': leader >= 0 && !isr.includes(leader),
    'a leader that cannot lead': leader >= 0 && !canLead(leader),
    'in sync and away, beside a leader': leader >= 0 && isr.some((id) => !cluster.isActive(id)),
    // Without eligible replicas the last one in sync stays so.
    'several in sync without a leader': leader < 0 && isr.length > 1,
    'nobody leads though somebody may':
      leader < 0 && (isr.length > 0 ? isr : elr).some((id) => canLead(id)),
  }
  return Object.entries(problems).flatMap(([problem, holds]) => (holds ? [problem] : []))
}

/** What is wrong with a change of a partition. */
function changeProblems(world: World, before: PartitionImage, after: PartitionImage): string[] {
  if (before === after) return []
  const hasNewLeader = after.leader !== before.leader
  const isElected = hasNewLeader && after.leader >= 0
  const isClean = [...before.isr, ...before.elr].includes(after.leader)
  // An AlterPartition that completes a reassignment brings members of its own.
  const isAsked = !after.leaderRecovering && isReassigning(before)
  const isAllowed = world.allowsUnclean || before.lastKnownElr.includes(after.leader)
  const raised = after.leaderEpoch - before.leaderEpoch
  const problems = {
    'a step of the partition epoch': after.partitionEpoch !== before.partitionEpoch + 1,
    'a step of the leader epoch': raised !== 0 && raised !== 1,
    'a new leader in an old epoch': hasNewLeader && raised !== 1,
    'a replica that goes in an old epoch':
      raised !== 1 && before.replicas.some((id) => !after.replicas.includes(id)),
    'an unclean leader that is not allowed': isElected && !isClean && !isAsked && !isAllowed,
    'an unclean leader that passes for clean':
      isElected && !isClean && !isAsked && !(after.leaderRecovering && after.isr.length === 1),
  }
  return Object.entries(problems).flatMap(([problem, holds]) => (holds ? [problem] : []))
}

function takeStep(world: World, choices: Choices): void {
  const before = world.image
  const step = present(steps[choices.step % steps.length], 'A step')
  world.take(step(world, choices))
  const problems: unknown[] = []
  for (const topic of world.image.topics) {
    for (const partition of topic.partitions) {
      const was = before.topics.partition(topic.id, partition.index)
      const found = problemsOf(world, partition)
      if (was !== undefined) found.push(...changeProblems(world, was, partition))
      if (found.length > 0) problems.push(step.name, found, was, partition)
    }
  }
  for (const { id, epoch } of world.image.cluster.brokers.values()) {
    const was = before.cluster.broker(id)
    if (was !== undefined && was.epoch > epoch) problems.push(`broker ${id} with an older epoch`)
  }
  expect(problems).toEqual([])
}

const choice = fc.nat(10_000)
const choices = fc.record({ step: choice, a: choice, b: choice, c: choice })

describe('any sequence of decisions', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('keeps partitions safe (eligible leaders %s, unclean elections %s)', (elr, unclean) => {
    const sequences = fc.array(choices, { minLength: 10, maxLength: 80, size: 'max' })
    const property = fc.property(sequences, fc.nat(), (sequence, seed) => {
      const world = new World(elr, unclean, seed)
      for (const one of [0, 1, 2]) world.take(create(world, { step: 0, a: one, b: 2, c: 0 }))
      for (const one of sequence) takeStep(world, one)
    })
    fc.assert(property, { numRuns: 150, endOnFailure: true })
  })

  it('is watched: a leader outside the ISR, a fenced one and an idle replica are seen', () => {
    const world = new World(false, false, 1)
    world.take(create(world, { step: 0, a: 0, b: 2, c: 0 }))
    const { topic, partition } = present(world.partition(0), 'A partition')
    const [first = -1, second = -1] = partition.replicas
    const changes = [
      { isr: [second] },
      { leader: -1 },
      { isr: [first, 9] },
      { eligibleLeaderReplicas: [first] },
    ]
    for (const change of changes) {
      const record = metadataRecord('partitionChange', {
        topicId: topic.id,
        partitionId: 0,
        ...change,
      })
      const broken = applyRecords(world.image, [record]).topics.partition(topic.id, 0)
      expect(problemsOf(world, present(broken, 'A partition'))).not.toEqual([])
    }
  })
})
