import { describe, expect, it } from 'vitest'
import { BrokerSettings } from './broker-settings.ts'
import { planListeners } from './listeners.ts'

type Props = Record<string, string>

function plan(props: Props) {
  return planListeners(new BrokerSettings(new Map(Object.entries(props))))
}

const messages = (props: Props): string[] => plan(props).problems.map(({ message }) => message)

const BOTH = {
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
}

describe('planListeners', () => {
  it('listens on this machine only unless told otherwise', () => {
    const listener = {
      name: 'PLAINTEXT',
      host: '127.0.0.1',
      port: 9092,
      securityProtocol: 'PLAINTEXT',
    }
    expect(plan({})).toEqual({
      plan: {
        listeners: [listener],
        advertised: [listener],
        controllers: [],
        interBrokerName: 'PLAINTEXT',
        controllerNames: [],
      },
      problems: [],
    })
  })

  it('keeps the listeners of controllers from clients', () => {
    const { plan: found, problems } = plan(BOTH)
    expect(problems).toEqual([])
    expect(found.listeners.map(({ name, host, port }) => [name, host, port])).toEqual([
      ['PLAINTEXT', '', 9092],
      ['CONTROLLER', '', 9093],
    ])
    expect(found.advertised.map(({ name }) => name)).toEqual(['PLAINTEXT'])
    expect(found.controllerNames).toEqual(['CONTROLLER'])
  })

  it('tells clients other addresses, and takes names in any case', () => {
    const { plan: found, problems } = plan({
      listeners: 'internal://[::1]:0,External://0.0.0.0:9094',
      'advertised.listeners': 'EXTERNAL://kafka.example.org:443,INTERNAL://10.0.0.1:9092',
      'listener.security.protocol.map': 'INTERNAL:PLAINTEXT, EXTERNAL:ssl',
      'inter.broker.listener.name': 'internal',
    })
    expect(problems).toEqual([])
    expect(found.listeners).toEqual([
      { name: 'INTERNAL', host: '::1', port: 0, securityProtocol: 'PLAINTEXT' },
      { name: 'EXTERNAL', host: '0.0.0.0', port: 9094, securityProtocol: 'SSL' },
    ])
    expect(found.advertised.map(({ name, host }) => `${name} ${host}`)).toEqual([
      'EXTERNAL kafka.example.org',
      'INTERNAL 10.0.0.1',
    ])
    expect(found.interBrokerName).toBe('INTERNAL')
  })

  it('lets a controller have no listener for brokers', () => {
    expect(
      messages({ ...BOTH, 'process.roles': 'controller', listeners: 'CONTROLLER://:9093' }),
    ).toEqual([])
  })

  it.each<[Props, string]>([
    [
      { listeners: 'PLAINTEXT://:99999' },
      "Cannot set listeners: found 'PLAINTEXT://:99999', wanted NAME://host:port, the port from 0 to 65535",
    ],
    [
      { listeners: 'PLAINTEXT://host' },
      "Cannot set listeners: found 'PLAINTEXT://host', wanted NAME://host:port, the port from 0 to 65535",
    ],
    [
      { listeners: 'X://:9092' },
      "Cannot set listeners: found 'X://:9092', but listener.security.protocol.map has no X",
    ],
    [
      { listeners: 'PLAINTEXT://:1,PLAINTEXT://:2' },
      "Cannot set listeners: found 'PLAINTEXT://:2', but PLAINTEXT stands there twice",
    ],
    [
      { listeners: 'PLAINTEXT://:1,SSL://a:1' },
      "Cannot set listeners: found 'SSL://a:1', but another listener has port 1",
    ],
    [
      { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:1' },
      "Cannot set advertised.listeners: found '0.0.0.0', wanted an address that clients can reach",
    ],
    [
      { 'advertised.listeners': 'PLAINTEXT://a:1,SSL://a:2' },
      "Cannot set advertised.listeners: found 'SSL', wanted one of listeners, PLAINTEXT",
    ],
    [
      { 'inter.broker.listener.name': 'FOO' },
      "Cannot set inter.broker.listener.name: found 'FOO', wanted one of advertised.listeners, PLAINTEXT",
    ],
    [
      { 'inter.broker.listener.name': 'PLAINTEXT', 'security.inter.broker.protocol': 'PLAINTEXT' },
      'Cannot set inter.broker.listener.name: only one of it and security.inter.broker.protocol can be set',
    ],
    [
      { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,A:FOO' },
      "Cannot set listener.security.protocol.map: found 'A:FOO', wanted NAME:PROTOCOL, the protocol one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
    ],
    [
      { ...BOTH, 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT' },
      "Cannot set listeners: found 'CONTROLLER://:9093', but listener.security.protocol.map has no CONTROLLER",
    ],
  ])('refuses %j', (props, message) => {
    expect(messages(props)).toEqual([message])
  })
})
