/** @platformatic/kafka's admin client: topics, partitions, configs, groups, deleted records, log directories. */
import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka'

import { eventually } from '../../harness/suite.ts'
import { expect, expectEqual, expectRefusal } from '../records.ts'
import {
  client,
  createTopic,
  joinGroup,
  leaveGroup,
  name,
  readAll,
  send,
  toMessage,
  type PlatformaticContext,
} from './connection.ts'

/** Runs the admin client's checks. */
export async function adminChecks(context: PlatformaticContext): Promise<void> {
  await topicChecks(context)
  await configChecks(context)
  await groupChecks(context)
  await recordChecks(context)
}

async function topicChecks({ suite, admin }: PlatformaticContext): Promise<void> {
  const partitionsOf = async (topic: string): Promise<number | undefined> => {
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
    return metadata.topics.get(topic)?.partitionsCount
  }
  await suite.check(`${client}: create, describe, extend, delete a topic`, async () => {
    const topic = name('admin')
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const create = () =>
      admin.createTopics({ topics: [topic], partitions: 2, replicas: 1, configs })
    const [created] = await create()
    expectEqual('created', [created?.name, created?.partitions, created?.replicas], [topic, 2, 1])
    expectEqual('its config', created?.configuration['cleanup.policy'], 'compact')
    await expectRefusal('again', create, /TOPIC_ALREADY_EXISTS/)
    expectEqual('partitions', await partitionsOf(topic), 2)
    // Three new partitions on the one broker: this client cannot leave the choice to the controller.
    const [brokerId] = (await admin.metadata({ topics: [topic] })).brokers.keys()
    const assignments = [1, 2, 3].map(() => ({ brokerIds: [brokerId ?? -1] }))
    await admin.createPartitions({ topics: [{ name: topic, count: 5, assignments }] })
    await eventually('5 partitions', async () =>
      (await partitionsOf(topic)) === 5 ? true : undefined,
    )
    await expectRefusal(
      'fewer partitions',
      () => admin.createPartitions({ topics: [{ name: topic, count: 3, assignments }] }),
      /INVALID_PARTITIONS/,
    )
    await admin.deleteTopics({ topics: [topic] })
    await eventually('deleted', async () =>
      (await admin.listTopics()).includes(topic) ? undefined : true,
    )
  })
}

async function configChecks({ suite, admin }: PlatformaticContext): Promise<void> {
  await suite.check(`${client}: set and reset a topic's config`, async () => {
    const topic = name('configs')
    await createTopic(admin, topic)
    const resourceType = ConfigResourceTypes.TOPIC
    const describe = async (key: string) => {
      const resources = [{ resourceType, resourceName: topic, configurationKeys: [key] }]
      const [described] = await admin.describeConfigs({ resources, includeSynonyms: true })
      return described?.configs.find((config) => config.name === key)
    }
    const alter = (operation: 'SET' | 'DELETE' | 'APPEND', key: string, value: string) => {
      const configOperation = IncrementalAlterConfigOperationTypes[operation]
      const configs = [{ name: key, configOperation, value }]
      return admin.incrementalAlterConfigs({
        resources: [{ resourceType, resourceName: topic, configs }],
      })
    }
    // A broker may learn of a change a moment after the controller has answered.
    const expectValue = (key: string, wanted: string): Promise<true> =>
      eventually(`${key}=${wanted}`, async () =>
        (await describe(key))?.value === wanted ? true : undefined,
      )
    await expectValue('retention.ms', '604800000')
    await alter('SET', 'retention.ms', '12345')
    await alter('APPEND', 'cleanup.policy', 'compact')
    await expectValue('retention.ms', '12345')
    const synonyms = (await describe('retention.ms'))?.synonyms.map((synonym) => [
      synonym.name,
      synonym.value,
    ])
    expectEqual('first synonym', synonyms?.[0], ['retention.ms', '12345'])
    await expectValue('cleanup.policy', 'delete,compact')
    await alter('DELETE', 'retention.ms', '')
    await expectValue('retention.ms', '604800000')
    await expectRefusal('a bad value', () => alter('SET', 'retention.ms', 'x'), /INVALID_CONFIG/)
  })
}

async function groupChecks({ suite, admin, bootstrap }: PlatformaticContext): Promise<void> {
  await suite.check(`${client}: list, describe, move and delete a group`, async () => {
    const [topic, groupId] = [name('offsets'), name('admin-group')]
    await createTopic(admin, topic, 2)
    const member = await joinGroup(bootstrap, { groupId, topic })
    const listed = (await admin.listGroups({ states: ['STABLE'] })).get(groupId)
    expectEqual('listed', [listed?.state, listed?.protocolType], ['Stable', 'consumer'])
    const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
    const [only] = group?.members.values() ?? []
    expectEqual('its member', [group?.state, only?.clientId], ['Stable', 'platformatic-checks'])
    expectEqual('assigned', only?.assignments?.get(topic)?.partitions.sort(), [0, 1])
    const remove = () => admin.deleteGroups({ groups: [groupId] })
    await expectRefusal('delete a group with a member', remove, /NON_EMPTY_GROUP/)
    await leaveGroup(member)
    const partitionOffsets = [{ partition: 0, offset: 7n }]
    await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] })
    const committed = async (): Promise<unknown> => {
      const partitionIndexes = [0]
      const groups = [{ groupId, topics: [{ name: topic, partitionIndexes }] }]
      const [offsets] = await admin.listConsumerGroupOffsets({ groups })
      return Number(offsets?.topics[0]?.partitions[0]?.committedOffset ?? -1)
    }
    expectEqual('committed', await committed(), 7)
    const topics = [{ name: topic, partitionIndexes: [0] }]
    await admin.deleteConsumerGroupOffsets({ groupId, topics })
    expectEqual('offset deleted', await committed(), -1)
    await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] })
    await remove()
    expect('the group is gone', !(await admin.listGroups()).has(groupId))
  })
}

async function recordChecks({ suite, admin, bootstrap }: PlatformaticContext): Promise<void> {
  await suite.check(`${client}: delete records`, async () => {
    const topic = name('delete-records')
    await createTopic(admin, topic)
    const values = Array.from({ length: 10 }, (_, index) => Buffer.from(String(index)))
    await send(
      bootstrap,
      values.map((value) => toMessage(topic, { partition: 0, value })),
    )
    const partitions = [{ partition: 0, offset: 6n }]
    const [deleted] = await admin.deleteRecords({ topics: [{ name: topic, partitions }] })
    expectEqual('low watermark', Number(deleted?.partitions[0]?.lowWatermark), 6)
    const left = await readAll(bootstrap, topic, 4)
    const texts = left.map((record) => record.value?.toString())
    expectEqual('what is left', texts, ['6', '7', '8', '9'])
  })
  await suite.check(`${client}: describe log directories`, async () => {
    const topic = name('log-dirs')
    await createTopic(admin, topic, 2)
    await send(bootstrap, [toMessage(topic, { partition: 1, value: Buffer.alloc(1000) })])
    const partitions = [0, 1]
    const [broker] = await admin.describeLogDirs({ topics: [{ name: topic, partitions }] })
    const found = broker?.results.flatMap((dir) => dir.topics.flatMap((one) => one.partitions))
    const sizes = found?.sort((a, b) => a.partitionIndex - b.partitionIndex)
    expectEqual('partition 0 is empty', Number(sizes?.[0]?.partitionSize), 0)
    expect('partition 1 has bytes', Number(sizes?.[1]?.partitionSize) > 1000, sizes?.length)
  })
}
