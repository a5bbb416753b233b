import { describe, expect, it } from 'vitest'
import { checkBrokerConfigs, checkDynamicBrokerConfigs } from './broker-check.ts'

type Props = Record<string, string>

const map = (props: Props): Map<string, string> => new Map(Object.entries(props))
const errors = (props: Props): string[] => {
  return checkBrokerConfigs(map(props)).errors.map(({ message }) => message)
}
const warnings = (props: Props): string[] => {
  return checkBrokerConfigs(map(props)).warnings.map(({ message }) => message)
}

/** The keys and values of a node that is broker and controller, as one sets it up for Apache Kafka 4.3. */
const PRODUCTION: Props = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.bootstrap.servers': 'localhost:9093',
  listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  'inter.broker.listener.name': 'PLAINTEXT',
  'advertised.listeners': 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map':
    'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
  'num.network.threads': '3',
  'num.io.threads': '8',
  'socket.send.buffer.bytes': '102400',
  'socket.receive.buffer.bytes': '102400',
  'socket.request.max.bytes': '104857600',
  'log.dirs': '/var/lib/kafka/a,/var/lib/kafka/b',
  'num.partitions': '3',
  'num.recovery.threads.per.data.dir': '2',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'log.retention.hours': '168',
  'log.segment.bytes': '1073741824',
  'log.retention.check.interval.ms': '300000',
  'listener.name.plaintext.max.connections': '500',
}

describe('checkBrokerConfigs', () => {
  it('takes a configuration of Apache Kafka as it is', () => {
    const { settings, ...found } = checkBrokerConfigs(map(PRODUCTION))
    expect(found.errors).toEqual([])
    // What such a file usually sets, and what nothing here acts on, is told in one line.
    expect(found.warnings.map(({ message }) => message)).toEqual([
      'Without effect in this version: num.network.threads, num.io.threads, socket.send.buffer.bytes, socket.receive.buffer.bytes, num.recovery.threads.per.data.dir, listener.name.plaintext.max.connections',
    ])
    expect(settings.get('log.dirs')).toEqual(['/var/lib/kafka/a', '/var/lib/kafka/b'])
    expect(errors({})).toEqual([])
  })

  it('starts without what belongs to features that are not there, and says so', () => {
    // The first two stand in every configuration that Apache Kafka 4.3 comes with.
    const props = {
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'remote.log.storage.system.enable': 'false',
    }
    expect(errors(props)).toEqual([])
    expect(warnings(props)).toEqual(
      Object.keys(props).map((key) => {
        return `Ignoring ${key}: Highwater does not use this key of Apache Kafka`
      }),
    )
  })

  it('warns of an unknown key, with the key that was meant, and without its value', () => {
    const { warnings } = checkBrokerConfigs(map({ 'ssl.key.pasword': 'hunter2', foo: 'bar' }))
    expect(warnings).toEqual([
      {
        key: 'ssl.key.pasword',
        value: null,
        message: 'Ignoring ssl.key.pasword: no such key, did you mean ssl.key.password?',
      },
      { key: 'foo', value: null, message: 'Ignoring foo: no such key' },
    ])
  })

  it.each([
    ['log.flush.interval.message', 'log.flush.interval.messages'],
    ['min.insync.replica', 'min.insync.replicas'],
    ['min.in.sync.replicas', 'min.insync.replicas'],
    ['unclean.leader.election.enabled', 'unclean.leader.election.enable'],
    ['default.replication.factors', 'default.replication.factor'],
    ['offset.topic.replication.factor', 'offsets.topic.replication.factor'],
    ['transaction.state.log.min.isrs', 'transaction.state.log.min.isr'],
    ['flush.before.ack', 'log.flush.before.ack'],
  ])('does not start with %s', (key, meant) => {
    expect(errors({ [key]: '1' })).toEqual([
      `Cannot set ${key}: no such key, and durability may hang on it; did you mean ${meant}?`,
    ])
    expect(warnings({ [key]: '1' })).toEqual([])
  })

  it('does not start with settings of a producer either', () => {
    expect(errors({ acks: 'all', 'producer.acks': 'all' })).toHaveLength(2)
  })

  it.each<[Props, string]>([
    [
      { 'num.partitions': 'many' },
      "Cannot set num.partitions: found 'many', wanted an integer from 1 to 2147483647",
    ],
    [
      { 'log.retention.ms': '0' },
      "Cannot set log.retention.ms: found '0', wanted at least 1, or -1 for ever",
    ],
    [
      { 'log.retention.hours': '0' },
      "Cannot set log.retention.hours: found '0', wanted at least 1, or -1 for ever",
    ],
    [{ 'log.roll.ms': '0' }, "Cannot set log.roll.ms: found '0', wanted at least 1"],
    [
      { 'node.id': '1', 'broker.id': '2' },
      "Cannot set broker.id: found '2', wanted the value of node.id, which is 1",
    ],
    [
      { 'min.insync.replicas': '3', 'default.replication.factor': '2' },
      "Cannot set min.insync.replicas: found '3', wanted at most default.replication.factor, which is 2",
    ],
    [
      { 'transaction.state.log.min.isr': '2', 'transaction.state.log.replication.factor': '1' },
      "Cannot set transaction.state.log.min.isr: found '2', wanted at most transaction.state.log.replication.factor, which is 1",
    ],
    [
      { 'broker.session.timeout.ms': '1000' },
      "Cannot set broker.heartbeat.interval.ms: found '2000', wanted at most broker.session.timeout.ms, which is 1000",
    ],
    [
      { 'replica.lag.time.max.ms': '400' },
      "Cannot set replica.fetch.wait.max.ms: found '500', wanted at most replica.lag.time.max.ms, which is 400",
    ],
    [
      { 'group.min.session.timeout.ms': '9999999' },
      "Cannot set group.min.session.timeout.ms: found '9999999', wanted at most group.max.session.timeout.ms, which is 1800000",
    ],
    [
      { 'log.cleaner.dedupe.buffer.size': '5', 'log.cleaner.threads': '2' },
      "Cannot set log.cleaner.dedupe.buffer.size: found '5', wanted at least 2097152, 1 MiB for each cleaner thread",
    ],
    [
      { 'queued.max.request.bytes': '10' },
      "Cannot set queued.max.request.bytes: found '10', wanted at least socket.request.max.bytes, which is 104857600",
    ],
    [
      { 'max.connections.per.ip': '0' },
      "Cannot set max.connections.per.ip: found '0', wanted at least 1 unless max.connections.per.ip.overrides allows some addresses",
    ],
    [
      { 'log.cleaner.min.compaction.lag.ms': '9', 'log.cleaner.max.compaction.lag.ms': '8' },
      "Cannot set log.cleaner.min.compaction.lag.ms: found '9', wanted at most log.cleaner.max.compaction.lag.ms, which is 8",
    ],
    [
      { listeners: 'PLAINTEXT' },
      "Cannot set listeners: found 'PLAINTEXT', wanted NAME://host:port, the port from 0 to 65535",
    ],
  ])('does not start with %j', (props, message) => {
    expect(errors(props)).toContain(message)
    expect(errors({ ...PRODUCTION, ...props })).toContain(message)
  })

  it('takes defaults that only seem to contradict what is set', () => {
    expect(errors({ 'min.insync.replicas': '2' })).toEqual([])
    expect(errors({ 'transaction.state.log.replication.factor': '1' })).toEqual([])
    expect(errors({ 'socket.request.max.bytes': '500000000' })).toEqual([])
    expect(
      errors({ 'max.connections.per.ip': '0', 'max.connections.per.ip.overrides': 'a:1' }),
    ).toEqual([])
  })
})

describe('checkDynamicBrokerConfigs', () => {
  const messages = (props: Props, scope: 'broker' | 'default'): string[] => {
    return checkDynamicBrokerConfigs(map(props), scope).map(({ message }) => message)
  }

  it('takes keys that nobody knows, as Apache Kafka does', () => {
    expect(messages({ 'log.retention.msec': '5' }, 'default')).toEqual([])
  })

  it('takes keys that can change at run time, where they can be set', () => {
    expect(messages({ 'log.retention.ms': '5' }, 'default')).toEqual([])
    expect(messages({ 'log.retention.ms': '5' }, 'broker')).toEqual([])
    expect(messages({ 'listener.name.internal.ssl.keystore.location': 'a.pem' }, 'broker')).toEqual(
      [],
    )
  })

  it.each<[Props, 'broker' | 'default', string]>([
    [
      { 'log.dirs': '/a' },
      'broker',
      'Cannot set log.dirs: it can only be changed in the configuration file, by a restart',
    ],
    [
      { 'ssl.keystore.location': 'a' },
      'default',
      'Cannot set ssl.keystore.location: it belongs to a single broker and has no default for all of them',
    ],
    [
      { 'min.insync.replica': '2' },
      'default',
      'Cannot set min.insync.replica: no such broker configuration, did you mean min.insync.replicas?',
    ],
    [
      { 'log.retention.ms': 'x' },
      'default',
      "Cannot set log.retention.ms: found 'x', wanted an integer from -9223372036854775808 to 9223372036854775807",
    ],
  ])('refuses %j for %s', (props, scope, message) => {
    expect(messages(props, scope)).toEqual([message])
  })
})
