import type { Uuid } from '../../base/index.ts'
import { inconsistent } from '../error.ts'
import type { RecordValue } from '../records/record.ts'
import { changedPartition, partitionFromRecord, withoutElr } from './partition.ts'
import type { PartitionImage } from './partition.ts'
import { PersistentMap } from './persistent-map.ts'

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  /** By partition number, without holes. */
  readonly partitions: readonly PartitionImage[]
}

/** All topics, by name and by id. */
export class TopicsImage implements Iterable<TopicImage> {
  static readonly empty = new TopicsImage(PersistentMap.empty(), PersistentMap.empty(), 0)

  /** Of all topics together. */
  readonly partitionCount: number
  /** For {@link TopicsEditor}. */
  readonly maps: {
    readonly byName: PersistentMap<string, TopicImage>
    readonly byId: PersistentMap<Uuid, TopicImage>
  }

  constructor(
    byName: PersistentMap<string, TopicImage>,
    byId: PersistentMap<Uuid, TopicImage>,
    partitionCount: number,
  ) {
    this.maps = { byName, byId }
    this.partitionCount = partitionCount
  }

  /** Number of topics. */
  get size(): number {
    return this.maps.byId.size
  }

  byName(name: string): TopicImage | undefined {
    return this.maps.byName.get(name)
  }

  byId(id: Uuid): TopicImage | undefined {
    return this.maps.byId.get(id)
  }

  partition(topicId: Uuid, index: number): PartitionImage | undefined {
    return this.maps.byId.get(topicId)?.partitions[index]
  }

  /** In no particular order. */
  [Symbol.iterator](): Generator<TopicImage> {
    return this.maps.byId.values()
  }
}

/** One partition that is new or differs. */
export interface PartitionDelta {
  readonly topic: TopicImage
  readonly partition: PartitionImage
  /** As it was before; undefined: it is new. */
  readonly before: PartitionImage | undefined
}

export interface TopicsDelta {
  /** Topics of the new image that were not there. */
  readonly created: readonly TopicImage[]
  /** Topics that are gone, as they last were. A topic made anew under its old name stands in both lists. */
  readonly removed: readonly TopicImage[]
  /** Partitions of the new image that are new or differ, those of created topics among them. */
  readonly partitions: readonly PartitionDelta[]
}

/** A topic that the editor has touched. Its list of partitions is the editor's own until it is finished. */
interface WorkingTopic {
  readonly name: string
  readonly id: Uuid
  readonly before: TopicImage | undefined
  readonly partitions: PartitionImage[]
  readonly changed: Set<number>
}

/** Folds records about topics. A topic is copied once, when the first record touches it. */
export class TopicsEditor {
  readonly #base: TopicsImage
  readonly #working = new Map<Uuid, WorkingTopic>()
  /** Ids of topics that were created here, by name: the base does not know them yet. */
  readonly #createdIds = new Map<string, Uuid>()
  readonly #removed = new Map<Uuid, TopicImage>()

  constructor(base: TopicsImage) {
    this.#base = base
  }

  addTopic({ name, topicId: id }: RecordValue<'topic'>): void {
    const namesake = this.#idOf(name)
    if (namesake !== undefined) {
      throw inconsistent(`create topic '${name}' with id ${id}`, `it exists with id ${namesake}`)
    }
    this.#createdIds.set(name, id)
    const topic = { name, id, before: undefined, partitions: [], changed: new Set<number>() }
    this.#working.set(id, topic)
  }

  setPartition(value: RecordValue<'partition'>): void {
    const topic = this.#topic(value.topicId)
    topic.partitions[value.partitionId] = partitionFromRecord(value)
    topic.changed.add(value.partitionId)
  }

  changePartition(value: RecordValue<'partitionChange'>): void {
    const topic = this.#topic(value.topicId)
    const before = topic.partitions[value.partitionId]
    if (before === undefined) {
      throw inconsistent(`change partition ${topic.name}-${value.partitionId}`, 'no such partition')
    }
    topic.partitions[value.partitionId] = changedPartition(before, value)
    topic.changed.add(value.partitionId)
  }

  clearElr({ topicName }: RecordValue<'clearElr'>): void {
    if (topicName !== '') {
      const id = this.#idOf(topicName)
      if (id === undefined) throw inconsistent(`clear the ELR of '${topicName}'`, 'no such topic')
      return this.#clearElrOf(id)
    }
    for (const id of this.#working.keys()) this.#clearElrOf(id)
    for (const { id } of this.#base) {
      if (!this.#working.has(id) && !this.#removed.has(id)) this.#clearElrOf(id)
    }
  }

  /** Returns the name that the topic had. */
  removeTopic({ topicId }: RecordValue<'removeTopic'>): string {
    const topic = this.#topic(topicId)
    this.#working.delete(topicId)
    this.#createdIds.delete(topic.name)
    if (topic.before !== undefined) this.#removed.set(topicId, topic.before)
    return topic.name
  }

  /** @throws MetadataError `INCONSISTENT_RECORD` when a topic lacks partitions between others */
  finish(): { image: TopicsImage; delta: TopicsDelta } {
    const byName = this.#base.maps.byName.edit()
    const byId = this.#base.maps.byId.edit()
    let { partitionCount } = this.#base
    for (const topic of this.#removed.values()) {
      byName.delete(topic.name)
      byId.delete(topic.id)
      partitionCount -= topic.partitions.length
    }
    const created: TopicImage[] = []
    const partitions: PartitionDelta[] = []
    for (const working of this.#working.values()) {
      const topic = finishedTopic(working)
      byName.set(topic.name, topic)
      byId.set(topic.id, topic)
      partitionCount += topic.partitions.length - (working.before?.partitions.length ?? 0)
      if (working.before === undefined) created.push(topic)
      collectChanges(working, topic, partitions)
    }
    const changed = this.#removed.size > 0 || this.#working.size > 0
    return {
      image: changed ? new TopicsImage(byName.finish(), byId.finish(), partitionCount) : this.#base,
      delta: { created, removed: [...this.#removed.values()], partitions },
    }
  }

  #idOf(name: string): Uuid | undefined {
    const created = this.#createdIds.get(name)
    if (created !== undefined) return created
    const id = this.#base.byName(name)?.id
    return id === undefined || this.#removed.has(id) ? undefined : id
  }

  #topic(id: Uuid): WorkingTopic {
    const known = this.#working.get(id)
    if (known !== undefined) return known
    const before = this.#removed.has(id) ? undefined : this.#base.byId(id)
    if (before === undefined) throw inconsistent(`change topic ${id}`, 'no such topic')
    const { name, partitions } = before
    const topic = { name, id, before, partitions: [...partitions], changed: new Set<number>() }
    this.#working.set(id, topic)
    return topic
  }

  #clearElrOf(id: Uuid): void {
    const { partitions } = this.#working.get(id) ?? (this.#base.byId(id) as TopicImage)
    if (partitions.every((partition) => withoutElr(partition) === partition)) return
    const topic = this.#topic(id)
    topic.partitions.forEach((before, index) => {
      const after = withoutElr(before)
      if (after === before) return
      topic.partitions[index] = after
      topic.changed.add(index)
    })
  }
}

function finishedTopic({ name, id, partitions }: WorkingTopic): TopicImage {
  for (let index = 0; index < partitions.length; index++) {
    if (partitions[index] === undefined) {
      throw inconsistent(`finish topic '${name}'`, `partition ${index} is missing`)
    }
  }
  return { name, id, partitions: partitions.slice() } // without spare room
}

function collectChanges(working: WorkingTopic, topic: TopicImage, into: PartitionDelta[]): void {
  for (const index of working.changed) {
    const partition = topic.partitions[index] as PartitionImage
    into.push({ topic, partition, before: working.before?.partitions[index] })
  }
}
