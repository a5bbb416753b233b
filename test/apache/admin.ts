/** The admin tools: topics, configs, offsets, deleted records, log directories, versions, the cluster. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, expectEqual } from '../clients/records.ts'
import { temporaryFolder } from '../harness/processes.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { byText, columns, lines, type Tools } from './tools.ts'

/** Runs the checks of the admin tools. */
export async function adminChecks(suite: Suite, tools: Tools): Promise<void> {
  await topicChecks(suite, tools)
  await configChecks(suite, tools)
  await offsetChecks(suite, tools)
  await clusterChecks(suite, tools)
}

async function topicChecks(suite: Suite, tools: Tools): Promise<void> {
  await suite.check('TopicCommand: create, describe, extend, list, delete', async () => {
    await tools.createTopic('topic-command', 2, { 'cleanup.policy': 'compact' })
    const again = await tools.attempt('topics', ['--create', '--topic', 'topic-command'])
    expectEqual('create again: exit code', again.code, 1)
    expect('create again', again.stdout.includes("'topic-command' already exists"), again.stdout)
    const ifNot = ['--create', '--if-not-exists', '--topic', 'topic-command']
    await tools.run('topics', ifNot)
    await tools.run('topics', ['--alter', '--topic', 'topic-command', '--partitions', '4'])
    const described = await eventually('4 partitions', async () => {
      const text = await tools.run('topics', ['--describe', '--topic', 'topic-command'])
      return text.includes('PartitionCount: 4') ? lines(text) : undefined
    })
    expect(
      'its head',
      /ReplicationFactor: 1\s.*cleanup\.policy=compact/.test(described[0] ?? ''),
      described,
    )
    const partitions = described.slice(1).map((line) => {
      const found = /Partition: (\d+)\s+Leader: (\d+)\s+Replicas: (\d+)\s+Isr: (\d+)/.exec(line)
      const [partition, leader, replicas, isr] = found?.slice(1) ?? []
      return [partition, leader === replicas && leader === isr]
    })
    expectEqual(
      'partitions',
      partitions,
      ['0', '1', '2', '3'].map((id) => [id, true]),
    )
    const unavailable = ['--describe', '--under-replicated-partitions']
    expectEqual('under-replicated', await tools.run('topics', unavailable), '')
    const listed = async (): Promise<string[]> => lines(await tools.run('topics', ['--list']))
    expect('listed', (await listed()).includes('topic-command'))
    await tools.run('topics', ['--delete', '--topic', 'topic-command'])
    expect('deleted', !(await listed()).includes('topic-command'))
  })
}

async function configChecks(suite: Suite, tools: Tools): Promise<void> {
  const topic = ['--entity-type', 'topics', '--entity-name', 'config-command']
  const describe = (entity: readonly string[]): Promise<string> =>
    tools.run('configs', ['--describe', ...entity])
  await suite.check('ConfigCommand: set, describe and delete topic configs', async () => {
    await tools.createTopic('config-command')
    const set = 'retention.ms=12345,cleanup.policy=[compact,delete]'
    await tools.run('configs', ['--alter', ...topic, '--add-config', set])
    const found = await eventually('the new values', async () => {
      const text = await describe(topic)
      return text.includes('retention.ms=12345') ? text : undefined
    })
    expect('a list', found.includes('cleanup.policy=compact,delete'), found)
    const synonyms = 'DYNAMIC_TOPIC_CONFIG:retention.ms=12345'
    expect('synonyms', found.includes(synonyms), found)
    await tools.run('configs', ['--alter', ...topic, '--delete-config', 'retention.ms'])
    await eventually('the default', async () =>
      (await describe(topic)).includes('retention.ms') ? undefined : true,
    )
    const all = await describe([...topic, '--all'])
    expect('its default', all.includes('  retention.ms=604800000 sensitive=false'), all)
    const synonym =
      'max.message.bytes=1048588 sensitive=false synonyms={DEFAULT_CONFIG:message.max.bytes='
    expect('the synonym of a default', all.includes(synonym), all)
    const bad = ['--alter', ...topic, '--add-config', 'retention.ms=soon']
    const refused = await tools.attempt('configs', bad)
    expect('a bad value', `${refused.stdout}${refused.stderr}`.includes('InvalidConfig'), refused)
  })
  await suite.check('ConfigCommand: describe and change broker configs', async () => {
    const [id] = columns(await tools.run('cluster', ['list-endpoints']), /unfenced/)
    const broker = ['--entity-type', 'brokers', '--entity-name', id ?? '']
    const all = await describe([...broker, '--all'])
    expect('a static value', all.includes('group.initial.rebalance.delay.ms=0'), all)
    const defaults = ['--entity-type', 'brokers', '--entity-default']
    await tools.run('configs', [
      '--alter',
      ...defaults,
      '--add-config',
      'message.max.bytes=1234567',
    ])
    const shown = await eventually('the new default', async () => {
      const text = await describe(defaults)
      return text.includes('message.max.bytes=1234567') ? text : undefined
    })
    expect('its source', shown.includes('DYNAMIC_DEFAULT_BROKER_CONFIG'), shown)
    await tools.run('configs', ['--alter', ...defaults, '--delete-config', 'message.max.bytes'])
  })
}

async function offsetChecks(suite: Suite, tools: Tools): Promise<void> {
  await suite.check('GetOffsetShell and DeleteRecordsCommand', async () => {
    await tools.createTopic('offset-shell', 2)
    await tools.produce('offset-shell', ['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6'])
    const offsets = async (time: string): Promise<number[]> => {
      const text = await tools.run('offsets', ['--topic', 'offset-shell', '--time', time])
      const found = lines(text)
        .sort(byText)
        .map((line) => line.split(':'))
      expectEqual(
        'partitions',
        found.map((one) => one[1]),
        ['0', '1'],
      )
      return found.map((one) => Number(one[2]))
    }
    const ends = await offsets('latest')
    expectEqual('records', ends[0]! + ends[1]!, 6)
    expectEqual('earliest', await offsets('earliest'), [0, 0])
    const greatest = await offsets('max-timestamp')
    expect(
      'greatest timestamp',
      greatest.every((offset, index) => offset < ends[index]!),
      greatest,
    )
    const offsetJson = join(temporaryFolder('records'), 'offsets.json')
    const partition = ends[0]! >= ends[1]! ? 0 : 1
    const partitions = [{ topic: 'offset-shell', partition, offset: 2 }]
    writeFileSync(offsetJson, JSON.stringify({ partitions, version: 1 }))
    const deleted = await tools.run('deleteRecords', ['--offset-json-file', offsetJson])
    const wanted = `partition: offset-shell-${partition}\tlow_watermark: 2`
    expect('low watermark', deleted.includes(wanted), deleted)
    expectEqual('new start', (await offsets('earliest'))[partition], 2)
  })
}

async function clusterChecks(suite: Suite, tools: Tools): Promise<void> {
  await suite.check('ClusterTool: id and endpoints', async () => {
    const id = await tools.run('cluster', ['cluster-id'])
    expect('a base64 uuid', /^Cluster ID: [\w-]{22}$/.test(id.trim()), id)
    const endpoint = columns(await tools.run('cluster', ['list-endpoints']), /broker/)
    expectEqual('endpoint', `${endpoint[1]}:${endpoint[2]}`, tools.bootstrap)
    expectEqual('state', endpoint[4], 'unfenced')
  })
  await suite.check('BrokerApiVersionsCommand: every served API is usable', async () => {
    const found = await tools.run('apiVersions', [])
    expect('the broker', found.startsWith(`${tools.bootstrap} (id: `), found)
    const usable = new Map(
      [...found.matchAll(/^\s+(\w+)\(\d+\): .*\[usable: (\d+)\]/gm)].map((one) => [one[1], one[2]]),
    )
    for (const [api, version] of NEEDED_VERSIONS) {
      expect(`${api} at ${version} or later`, Number(usable.get(api)) >= version, found)
    }
  })
  await suite.check('FeatureCommand: finalized features', async () => {
    const found = await tools.run('features', ['describe'])
    const version = columns(found, /metadata\.version/)
    expect(
      'metadata.version is finalized',
      /FinalizedVersionLevel:\s+4\./.test(version.join(' ')),
      found,
    )
  })
  await suite.check('LogDirsCommand: sizes', async () => {
    await tools.produce('log-dirs', ['key:value'])
    const found = await tools.run('logDirs', ['--describe', '--topic-list', 'log-dirs'])
    const json = lines(found).find((line) => line.startsWith('{')) ?? '{}'
    const described = JSON.parse(json) as {
      brokers: Array<{
        logDirs: Array<{ error: unknown; partitions: Array<{ partition: string; size: number }> }>
      }>
    }
    const [logDir] = described.brokers[0]?.logDirs ?? []
    const [partition] = logDir?.partitions ?? []
    expectEqual('no error', logDir?.error, null)
    expectEqual('partition', partition?.partition, 'log-dirs-0')
    expect('its size', (partition?.size ?? 0) > 61, partition)
  })
  await suite.check('TransactionsCommand: producers of a partition', async () => {
    await tools.run('topics', ['--create', '--if-not-exists', '--topic', 'producers'])
    await tools.produce('producers', ['a:1', 'b:2', 'c:3'])
    const found = await tools.run('transactions', PRODUCERS)
    const [id, epoch, , sequence] = columns(found, /^\d/)
    expect('a producer id', Number(id) >= 0, found)
    expectEqual('epoch and last sequence', [epoch, sequence], ['0', '2'])
  })
}

const PRODUCERS = ['describe-producers', '--topic', 'producers', '--partition', '0']

/** What the tools and clients of 4.3 use when the broker serves it: below this they fall back or fail. */
const NEEDED_VERSIONS: ReadonlyArray<readonly [api: string, version: number]> = [
  ['Produce', 12],
  ['Fetch', 17],
  ['ListOffsets', 8],
  ['Metadata', 12],
  ['OffsetCommit', 8],
  ['OffsetFetch', 8],
  ['FindCoordinator', 4],
  ['JoinGroup', 9],
  ['Heartbeat', 4],
  ['LeaveGroup', 5],
  ['SyncGroup', 5],
  ['DescribeGroups', 5],
  ['ListGroups', 5],
  ['ApiVersions', 4],
  ['CreateTopics', 7],
  ['DeleteTopics', 6],
  ['DeleteRecords', 2],
  ['InitProducerId', 4],
  ['OffsetForLeaderEpoch', 4],
  ['DescribeConfigs', 4],
  ['AlterConfigs', 2],
  ['DescribeLogDirs', 4],
  ['CreatePartitions', 3],
  ['DeleteGroups', 2],
  ['IncrementalAlterConfigs', 1],
  ['OffsetDelete', 0],
  ['DescribeCluster', 1],
  ['DescribeProducers', 0],
  ['ListConfigResources', 0],
  ['DescribeTopicPartitions', 0],
]
