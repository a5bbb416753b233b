import { describe, expect, test } from 'vitest'
import { readNodeConfig } from './node-config.ts'
import { ConfigError, fromCommandLine } from './server-properties.ts'

const CONTROLLER = {
  'node.id': '1',
  'process.roles': 'controller',
  listeners: 'CONTROLLER://:9093',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': '1@a:9093,2@b:9093,3@c:9093',
}
const COMBINED = {
  ...CONTROLLER,
  'process.roles': 'broker,controller',
  listeners: 'PLAINTEXT://a:9092,CONTROLLER://a:9093',
}
const BROKER = {
  ...CONTROLLER,
  'node.id': '4',
  'process.roles': 'broker',
  listeners: 'PLAINTEXT://d:9092',
}

function read(properties: Readonly<Record<string, string>>) {
  return readNodeConfig([
    fromCommandLine(Object.entries(properties).map(([key, value]) => `${key}=${value}`)),
  ])
}

describe('the roles of a node', () => {
  test('a node of which nothing is said stands alone and has both', () => {
    const { standsAlone, isBroker, isController, controllerEndpoints } = read({})
    expect([standsAlone, isBroker, isController]).toEqual([true, true, true])
    expect(controllerEndpoints).toEqual([])
  })

  test.each([
    ['broker,controller', COMBINED, true, true],
    ['controller', CONTROLLER, false, true],
    ['broker', BROKER, true, false],
  ])('%s', (_name, properties, isBroker, isController) => {
    const config = read(properties)
    expect([config.standsAlone, config.isBroker, config.isController]).toEqual([
      false,
      isBroker,
      isController,
    ])
    expect(config.staticVoters.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(config.controllerEndpoints.length).toBe(isController ? 1 : 0)
  })

  test('a controller tells other nodes the address that advertised.listeners names', () => {
    const advertised = 'PLAINTEXT://x:9092,CONTROLLER://y:19093'
    const { controllerEndpoints } = read({ ...COMBINED, 'advertised.listeners': advertised })
    expect(controllerEndpoints).toEqual([{ name: 'CONTROLLER', host: 'y', port: 19_093 }])
  })

  test('where voters are kept in the log, addresses to find them are enough', () => {
    const { 'controller.quorum.voters': _voters, ...rest } = COMBINED
    const properties = { ...rest, 'controller.quorum.bootstrap.servers': 'a:9093,[::1]:9094' }
    expect(read(properties).bootstrapServers).toEqual([
      { host: 'a', port: 9093 },
      { host: '::1', port: 9094 },
    ])
  })
})

describe('mistakes stop the start, and say what is wanted', () => {
  const { 'controller.quorum.voters': _voters, ...VOTERLESS } = COMBINED
  const { 'controller.listener.names': _names, ...NAMELESS } = BROKER
  test.each([
    ['nobody to vote for', VOTERLESS, 'found neither'],
    ['a controller that is no voter', { ...COMBINED, 'node.id': '9' }, 'wanted node.id 9 among'],
    ['a broker that is a voter', { ...BROKER, 'node.id': '2' }, 'wanted no broker (2) among'],
    ['a broker that does not know the name', NAMELESS, 'controller.listener.names'],
    [
      'a controller without a listener for it',
      { ...COMBINED, listeners: 'PLAINTEXT://a:9092' },
      'has none of the controller listeners',
    ],
    [
      'a broker with a listener for controllers',
      { ...BROKER, listeners: 'PLAINTEXT://d:9092,CONTROLLER://d:9093' },
      'must not have the controller listeners',
    ],
    [
      'a voter that cannot be read',
      { ...COMBINED, 'controller.quorum.voters': '1@a' },
      'wanted id@host:port',
    ],
    [
      'an address that cannot be read',
      { ...VOTERLESS, 'controller.quorum.bootstrap.servers': 'a' },
      'wanted host:port',
    ],
  ])('%s', (_name, properties, message) => {
    expect(() => read(properties)).toThrow(ConfigError)
    expect(() => read(properties)).toThrow(message)
  })
})
