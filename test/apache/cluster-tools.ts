/** The admin tools against three healthy nodes, through brokers and through controllers. */
import { expect, expectEqual } from '../clients/records.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { byText, columns, lines, type Tools } from './tools.ts'

const IDS = ['1', '2', '3']

/** The same tools by two doors. */
export interface Doors {
  readonly tools: Tools
  readonly controllers: Tools
}

/** What TopicCommand says of one partition. */
export interface PartitionLine {
  readonly partition: number
  /** -1: none */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** Reads `TopicCommand --describe`, with whatever further arguments. */
export async function describePartitions(
  tools: Tools,
  args: readonly string[],
): Promise<PartitionLine[]> {
  const text = await tools.run('topics', ['--describe', ...args])
  const numbers = (list: string): number[] => (list === '' ? [] : list.split(',').map(Number))
  const pattern = /Partition: (\d+)\s+Leader: (\w+)\s+Replicas: ([\d,]+)\s+Isr: ([\d,]*)/g
  return [...text.matchAll(pattern)].map(([, partition, leader, replicas = '', isr = '']) => ({
    partition: Number(partition),
    leader: leader === 'none' ? -1 : Number(leader),
    replicas: numbers(replicas),
    isr: numbers(isr),
  }))
}

/** A set of node ids, for comparisons. */
export function sorted(ids: readonly number[]): string {
  return ids.toSorted((a, b) => a - b).join(',')
}

/** Runs the checks. */
export async function clusterToolChecks(suite: Suite, doors: Doors): Promise<void> {
  await topicCheck(suite, doors.tools)
  await configCheck(suite, doors)
  await quorumCheck(suite, doors)
  await clusterCheck(suite, doors)
  await replicaChecks(suite, doors.tools)
}

async function topicCheck(suite: Suite, tools: Tools): Promise<void> {
  await suite.check('TopicCommand: replicas, racks, added partitions', async () => {
    const topic = ['--topic', 'replicated']
    const create = ['--create', ...topic, '--partitions', '3', '--replication-factor']
    const refused = await tools.attempt('topics', [...create, '4'])
    const said = `${refused.stdout}${refused.stderr}`
    expectEqual('four replicas on three nodes: exit code', refused.code, 1)
    expect('four replicas', said.includes('InvalidReplicationFactorException'), said)
    await tools.run('topics', [...create, '3'])
    await tools.run('topics', ['--alter', ...topic, '--partitions', '6'])
    const found = await eventually('six partitions', async () => {
      const described = await describePartitions(tools, topic)
      return described.length === 6 ? described : undefined
    })
    for (const { replicas, isr, leader } of found) {
      expectEqual('a replica on every node', sorted(replicas), '1,2,3')
      expectEqual('in-sync replicas', sorted(isr), '1,2,3')
      expectEqual('the leader is the preferred one', leader, replicas[0])
    }
    const leaders = found.map(({ leader }) => leader)
    expectEqual('every node leads two', sorted(leaders), '1,1,2,2,3,3')
    const assigned = ['--create', '--topic', 'assigned', '--replica-assignment', '3:1,2:3']
    await tools.run('topics', assigned)
    const placed = await describePartitions(tools, ['--topic', 'assigned'])
    expectEqual(
      'as assigned',
      placed.map(({ replicas }) => replicas.join()),
      ['3,1', '2,3'],
    )
    for (const sick of ['under-replicated', 'unavailable', 'under-min-isr']) {
      const none = await tools.run('topics', ['--describe', `--${sick}-partitions`])
      expectEqual(sick, none, '')
    }
    await tools.run('topics', ['--delete', '--topic', 'assigned'])
    const left = lines(await tools.run('topics', ['--list']))
    expect('deleted', !left.includes('assigned'), left)
  })
}

async function configCheck(suite: Suite, { tools, controllers }: Doors): Promise<void> {
  await suite.check('ConfigCommand: topics, one broker, all brokers, by both doors', async () => {
    const key = 'follower.replication.throttled.rate'
    const alter = async (door: Tools, entity: readonly string[], change: readonly string[]) => {
      await door.run('configs', ['--alter', '--entity-type', ...entity, ...change])
    }
    const shows = async (door: Tools, entity: readonly string[], wanted: string | null) => {
      await eventually(`${wanted ?? 'nothing'} of ${entity.join(' ')}`, async () => {
        const text = await door.run('configs', ['--describe', '--entity-type', ...entity])
        return (wanted === null ? !text.includes('=') : text.includes(wanted)) ? true : undefined
      })
    }
    const topic = ['topics', '--entity-name', 'replicated']
    await alter(tools, topic, ['--add-config', 'min.insync.replicas=3'])
    await shows(tools, topic, 'DYNAMIC_TOPIC_CONFIG:min.insync.replicas=3')
    await alter(tools, topic, ['--delete-config', 'min.insync.replicas'])
    await shows(tools, topic, null)
    const broker = ['brokers', '--entity-name', '2']
    await alter(tools, broker, ['--add-config', `${key}=1000000`])
    const wanted = `${key}=1000000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:${key}=1000000`
    await shows(tools, broker, wanted)
    await shows(controllers, broker, wanted)
    await shows(tools, ['brokers', '--entity-name', '3'], null)
    await alter(tools, broker, ['--delete-config', key])
    await shows(tools, broker, null)
    const all = ['brokers', '--entity-default']
    await alter(controllers, all, ['--add-config', 'message.max.bytes=1234567'])
    await shows(tools, all, 'message.max.bytes=1234567')
    await alter(controllers, all, ['--delete-config', 'message.max.bytes'])
  })
}

async function quorumCheck(suite: Suite, { tools, controllers }: Doors): Promise<void> {
  await suite.check('MetadataQuorumCommand: status and replication, by both doors', async () => {
    for (const door of [tools, controllers]) {
      const status = await door.run('quorum', ['describe', '--status'])
      const of = (name: string): string => columns(status, new RegExp(`^${name}:`))[1] ?? ''
      expect('a leader', IDS.includes(of('LeaderId')), status)
      expect('an epoch', Number(of('LeaderEpoch')) > 0, status)
      expect('a high watermark', Number(of('HighWatermark')) > 20, status)
      expect('its followers keep up', Number(of('MaxFollowerLag')) < 100, status)
      const voters = [...status.matchAll(/"id": (\d+)/g)].map((one) => one[1] ?? '')
      expectEqual('voters', voters.sort(byText), IDS)
      expectEqual('observers', of('CurrentObservers'), '[]')
      const table = await door.run('quorum', ['describe', '--replication', '--human-readable'])
      const rows = lines(table).filter((line) => /^\d/.test(line))
      const roles = rows.map((row) => row.trim().split(/\s+/).at(-1) ?? '')
      expectEqual('roles', roles.sort(byText), ['Follower', 'Follower', 'Leader'])
      const seen = rows.map((row) => Number(/(\d+) ms ago/.exec(row)?.[1]))
      expect(
        'all fetched lately',
        seen.every((ms) => ms < 5000),
        table,
      )
    }
  })
}

async function clusterCheck(suite: Suite, { tools, controllers }: Doors): Promise<void> {
  await suite.check('ClusterTool, FeatureCommand, BrokerApiVersionsCommand', async () => {
    const id = await tools.run('cluster', ['cluster-id'])
    expect('an id', /^Cluster ID: [\w-]{22}$/.test(id.trim()), id)
    expectEqual('the same by a controller', await controllers.run('cluster', ['cluster-id']), id)
    const brokers = await tools.run('cluster', ['list-endpoints', '--include-fenced-brokers'])
    for (const [index, address] of tools.bootstrap.split(',').entries()) {
      const row = columns(brokers, new RegExp(`^${index + 1}\\s`))
      const [, host, port, rack, state, type] = row
      const found = [`${host}:${port}`, rack, state, type]
      expectEqual('a broker', found, [address, `rack-${index + 1}`, 'unfenced', 'broker'])
    }
    const others = await controllers.run('cluster', ['list-endpoints'])
    for (const [index, address] of controllers.bootstrap.split(',').entries()) {
      const [, host, port] = columns(others, new RegExp(`^${index + 1}\\s`))
      expectEqual('a controller', `${host}:${port}`, address)
    }
    const nobody = await tools.attempt('cluster', ['unregister', '--id', '9'])
    const said = `${nobody.stdout}${nobody.stderr}`
    expect('unregister nobody', said.includes('BrokerIdNotRegisteredException'), said)
    for (const door of [tools, controllers]) {
      const features = await door.run('features', ['describe'])
      const version = columns(features, /metadata\.version/).join(' ')
      expect('metadata.version', /FinalizedVersionLevel: 4\./.test(version), features)
      const kraft = columns(features, /kraft\.version/).join(' ')
      expect('static voters', /FinalizedVersionLevel: 0/.test(kraft), features)
    }
    const versions = await tools.run('apiVersions', [])
    const answers = [...versions.matchAll(/^\S+ \(id: (\d+)/gm)].map((one) => one[1] ?? '')
    expectEqual('brokers that say their versions', answers.sort(byText), IDS)
  })
}

async function replicaChecks(suite: Suite, tools: Tools): Promise<void> {
  const topic = ['--topic', 'replicated']
  await suite.check('GetOffsetShell and LogDirsCommand: every replica has it all', async () => {
    const sizes = ['--num-records', '3000', '--record-size', '500', '--throughput', '-1']
    await tools.run('producerPerformance', [...topic, ...sizes])
    const ends = lines(await tools.run('offsets', [...topic, '--time', 'latest']))
    expectEqual('partitions', ends.length, 6)
    const sum = ends.reduce((total, line) => total + Number(line.split(':')[2]), 0)
    expectEqual('records', sum, 3000)
    const replicas = await eventually('replicas of one size', async () => {
      const found = await replicaSizes(tools)
      const alike = [...found.values()].every((bytes) => new Set(bytes).size === 1)
      return alike ? found : undefined
    })
    expectEqual('replicas', [...replicas.values()].flat().length, 18)
  })
  await suite.check('ReplicaVerificationTool: no difference, no lag', async () => {
    const which = ['--topics-include', 'replicated', '--time', '-2', '--report-interval-ms', '500']
    const verification = tools.start('replicaVerification', which)
    await verification.waitForOutput(/max lag is 0 .* among 6 partitions/, 60_000)
    await verification.stop()
    const differs = /partition .* has different (checksum|offset)|not found|in replica/
    expect('no difference', !differs.test(verification.stdout), verification.lastWords())
  })
}

/** Partition -> the bytes of each replica, as each node tells of its own. */
async function replicaSizes(tools: Tools): Promise<Map<string, number[]>> {
  const which = ['--describe', '--broker-list', IDS.join(','), '--topic-list', 'replicated']
  const json = lines(await tools.run('logDirs', which)).find((line) => line.startsWith('{'))
  const { brokers } = JSON.parse(json ?? '{}') as {
    brokers: Array<{
      logDirs: Array<{ partitions: Array<{ partition: string; size: number; offsetLag: number }> }>
    }>
  }
  const found = new Map<string, number[]>()
  for (const { partition, size } of brokers.flatMap(({ logDirs }) =>
    logDirs.flatMap(({ partitions }) => partitions),
  )) {
    found.set(partition, [...(found.get(partition) ?? []), size])
  }
  return found
}
