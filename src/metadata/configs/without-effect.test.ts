import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokerConfigs } from './broker/broker-configs.ts'
import { checkBrokerConfigs } from './broker-check.ts'
import { synonymsOfTopicKey } from './synonyms.ts'
import { topicConfigNames, topicConfigs } from './topic/topic-configs.ts'
import { isWithoutEffect } from './without-effect.ts'

const src = join(import.meta.dirname, '..', '..')
/** Where keys are declared, checked and passed on: no use of them. */
const DECLARATIONS =
  /configs\/(broker|topic)\/|configs\/(broker-relations|synonyms|topic-settings|topic-check|without-effect)\.ts$|\.test\.ts$|test-support/
const code = globSync(`${src}/**/*.ts`)
  .filter((path) => !DECLARATIONS.test(path.replaceAll('\\', '/')))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')

/** Topic key → the field of TopicSettings that has its value. */
const fieldOf = new Map(
  [
    ...readFileSync(join(import.meta.dirname, 'topic-settings.ts'), 'utf8').matchAll(
      /^ {4}(\w+): (?:get\('internal\.[\w.]+'\) \?\? )?get\('([\w.]+)'\)/gm,
    ),
  ].map(([, field = '', key = '']) => [key, field]),
)

/** Keys that have no field of their own. */
const ELSEWHERE = [
  'cleanup.policy',
  'compression.gzip.level',
  'compression.zstd.level',
  // Refused when it is true.
  'remote.storage.enable',
]

function isTopicKeyUsed(key: string): boolean {
  const field = fieldOf.get(key)
  return ELSEWHERE.includes(key) || (field !== undefined && new RegExp(`\\b${field}\\b`).test(code))
}

/** Broker keys that are the default of a topic key which somebody uses. */
const defaults = new Set<string>(
  topicConfigNames
    .filter(isTopicKeyUsed)
    .flatMap((name) => synonymsOfTopicKey(name).map(({ key }) => key)),
)

describe('the list of keys without effect', () => {
  it.each(Object.keys(brokerConfigs))('%s is used or on the list, and not both', (key) => {
    const isUsed = code.includes(`'${key}'`) || defaults.has(key)
    expect(isUsed).not.toBe(isWithoutEffect(key))
  })

  it.each(topicConfigNames.filter((name) => !topicConfigs[name].internal))(
    'the topic key %s is used, or its documentation says that it is not',
    (key) => {
      expect(topicConfigs[key].documentation.includes('Without effect')).not.toBe(
        isTopicKeyUsed(key),
      )
    },
  )

  it('is told in one line when a node sets some of them', () => {
    const given = new Map([
      ['log.cleaner.threads', '2'],
      ['num.partitions', '3'],
      ['num.io.threads', '8'],
    ])
    const { warnings, errors } = checkBrokerConfigs(given)
    expect(errors).toEqual([])
    expect(warnings.map(({ message }) => message)).toEqual([
      'Without effect in this version: log.cleaner.threads, num.io.threads',
    ])
  })
})
