import { expect, test } from 'vitest'
import {
  ConfigError,
  fromCommandLine,
  fromEnvironment,
  fromFile,
  mergeProperties,
} from './server-properties.ts'

test('a file is read as java.util.Properties does', () => {
  const { properties } = fromFile('# comment\nlog.dirs = /a,\\\n  /b\nnode.id:1\nname=caf\\u00e9\n')
  expect([...properties]).toEqual([
    ['log.dirs', '/a,/b'],
    ['node.id', '1'],
    ['name', 'café'],
  ])
})

test('environment variables map to keys as in the container images', () => {
  const { properties } = fromEnvironment({
    KAFKA_LOG_DIRS: '/kafka',
    KAFKA_HEAP_OPTS: '-Xmx1g',
    KAFKA_LISTENER_NAME_A__B_SSL___X: 'v',
    HIGHWATER_NODE_ID: '7',
    KAFKA_NODE_ID: '1',
    PATH: '/bin',
  })
  expect(properties.get('log.dirs')).toBe('/kafka')
  expect(properties.get('listener.name.a_b.ssl-x')).toBe('v')
  expect(properties.get('node.id')).toBe('7')
  expect(properties.size).toBe(3)
})

test('later sources win', () => {
  const merged = mergeProperties([fromFile('a=1\nb=1'), fromCommandLine(['b=2', 'c=x=y'])])
  expect([...merged]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', 'x=y'],
  ])
})

test.each(['novalue', '=x'])('--set %s is refused', (setting) => {
  expect(() => fromCommandLine([setting])).toThrow(ConfigError)
})
