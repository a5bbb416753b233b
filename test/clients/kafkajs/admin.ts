/** kafkajs's admin client: topics, partitions, configs, groups, deleted records. */
import kafkajs from 'kafkajs'

import { eventually } from '../../harness/suite.ts'
import { expect, expectEqual, expectRefusal } from '../records.ts'
import { client, name, readAll, withProducer, type KafkajsContext } from './connection.ts'

const { ConfigResourceTypes } = kafkajs

/** Runs the admin client's checks. */
export async function adminChecks(context: KafkajsContext): Promise<void> {
  await topicChecks(context)
  await configChecks(context)
  await groupChecks(context)
  await recordChecks(context)
}

async function topicChecks({ suite, admin }: KafkajsContext): Promise<void> {
  await suite.check(`${client}: create, describe, extend, delete a topic`, async () => {
    const topic = name('admin')
    const topics = [{ topic, numPartitions: 2, replicationFactor: 1 }]
    expectEqual('created', await admin.createTopics({ topics }), true)
    expectEqual('created again', await admin.createTopics({ topics }), false)
    const [before] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics
    const partitions = before?.partitions.map((one) => [one.partitionId, one.partitionErrorCode])
    expectEqual('partitions', partitions?.sort(), [
      [0, 0],
      [1, 0],
    ])
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    await eventually('5 partitions', async () => {
      const [after] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics
      return after?.partitions.length === 5 ? true : undefined
    })
    await expectRefusal(
      'fewer partitions',
      () => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
      /INVALID_PARTITIONS|Number of partitions is invalid/i,
    )
    await admin.deleteTopics({ topics: [topic] })
    await eventually('deleted', async () =>
      (await admin.listTopics()).includes(topic) ? undefined : true,
    )
  })
  await suite.check(`${client}: bad topic names and sizes are refused`, async () => {
    const create = (topic: string, numPartitions: number, replicationFactor: number) => () =>
      admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }] })
    await expectRefusal('name', create('no/slash', 1, 1), /INVALID_TOPIC|invalid topic/i)
    await expectRefusal('partitions', create(name('zero'), 0, 1), /INVALID_PARTITIONS|partitions/i)
    await expectRefusal('replicas', create(name('rf'), 1, 7), /REPLICATION_FACTOR|replication/i)
  })
  await suite.check(`${client}: describe the cluster`, async () => {
    const cluster = await admin.describeCluster()
    expectEqual('brokers', cluster.brokers.length, 1)
    expectEqual('controller', cluster.controller, cluster.brokers[0]?.nodeId)
    expect('a cluster id', cluster.clusterId.length > 0, cluster.clusterId)
  })
}

async function configChecks({ suite, admin }: KafkajsContext): Promise<void> {
  await suite.check(`${client}: read and replace a topic's configs`, async () => {
    const topic = name('configs')
    await admin.createTopics({ topics: [{ topic }] })
    const type = ConfigResourceTypes.TOPIC
    const value = async (key: string): Promise<string | undefined> => {
      const resources = [{ type, name: topic, configNames: [key] }]
      const described = await admin.describeConfigs({ resources, includeSynonyms: false })
      return described.resources[0]?.configEntries.find((entry) => entry.configName === key)
        ?.configValue
    }
    const alter = (configEntries: Array<{ name: string; value: string }>): Promise<unknown> =>
      admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries }] })
    // A broker may learn of a change a moment after the controller has answered.
    const expectValue = (wanted: string): Promise<true> =>
      eventually(`retention.ms=${wanted}`, async () =>
        (await value('retention.ms')) === wanted ? true : undefined,
      )
    await expectValue('604800000')
    await alter([{ name: 'retention.ms', value: '12345' }])
    await expectValue('12345')
    await alter([{ name: 'max.message.bytes', value: '99999' }])
    // AlterConfigs replaces: what is not named goes back to its default.
    await expectValue('604800000')
    await expectRefusal(
      'a bad value',
      () => alter([{ name: 'retention.ms', value: 'soon' }]),
      /INVALID_CONFIG|configuration is invalid/i,
    )
  })
}

async function groupChecks(context: KafkajsContext): Promise<void> {
  const { suite, admin, kafka } = context
  await suite.check(`${client}: list, describe, reset and delete a group`, async () => {
    const [topic, groupId] = [name('offsets'), name('admin-group')]
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic] })
    await consumer.run({ eachMessage: () => Promise.resolve() })
    await eventually('a stable group', async () => {
      const [group] = (await admin.describeGroups([groupId])).groups
      return group?.state === 'Stable' && group.members.length === 1 ? true : undefined
    })
    const listed = (await admin.listGroups()).groups
    const protocol = listed.find((group) => group.groupId === groupId)?.protocolType
    expectEqual('listed', protocol, 'consumer')
    await expectRefusal(
      'delete a group with a member',
      () => admin.deleteGroups([groupId]),
      /NON_EMPTY_GROUP|not empty/i,
    )
    await consumer.disconnect()
    const partitions = [{ partition: 0, offset: '7' }]
    await admin.setOffsets({ groupId, topic, partitions })
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const found = offsets?.partitions.map((one) => [one.partition, one.offset])
    expectEqual('offsets', found?.sort(), [
      [0, '7'],
      [1, '-1'],
    ])
    await admin.deleteGroups([groupId])
    const left = (await admin.listGroups()).groups.map((group) => group.groupId)
    expect('the group is gone', !left.includes(groupId), left)
  })
}

async function recordChecks({ suite, admin, kafka }: KafkajsContext): Promise<void> {
  await suite.check(`${client}: delete records`, async () => {
    const topic = name('delete-records')
    await admin.createTopics({ topics: [{ topic }] })
    const messages = Array.from({ length: 10 }, (_, index) => ({ value: String(index) }))
    await withProducer(kafka, {}, (producer) => producer.send({ topic, messages }))
    // kafkajs looks for the leader in the metadata that it has, which this call fetches.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
    const [ends] = await admin.fetchTopicOffsets(topic)
    expectEqual('ends', [ends?.low, ends?.high], ['6', '10'])
    const left = await readAll(kafka, topic, 4)
    const texts = left.map((record) => record.value?.toString())
    expectEqual('what is left', texts, ['6', '7', '8', '9'])
  })
}
