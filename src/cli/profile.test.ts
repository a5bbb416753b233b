import { describe, expect, it } from 'vitest'
import { chooseBootstrap, formatContexts, parseContexts } from './profile.ts'
import type { ContextFile } from './profile.ts'

const project: ContextFile = {
  path: '/project/.highwater.json',
  current: 'dev',
  contexts: new Map([['dev', { bootstrap: 'dev:1' }]]),
}
const user: ContextFile = {
  path: '/home/config.json',
  current: 'prod',
  contexts: new Map([
    ['dev', { bootstrap: 'mine:1' }],
    ['prod', { bootstrap: 'prod:1' }],
  ]),
}
const both = (): readonly ContextFile[] => [project, user]

describe('chooseBootstrap', () => {
  it('takes the command line first', () => {
    const env = { HIGHWATER_BOOTSTRAP: 'env:1' }
    expect(chooseBootstrap({ bootstrap: 'arg:1', context: 'prod' }, env, both)).toBe('arg:1')
    expect(chooseBootstrap({ context: 'prod' }, env, both)).toBe('prod:1')
  })

  it('then the environment', () => {
    const kafka = { KAFKA_BOOTSTRAP_SERVERS: 'kafka:1' }
    expect(chooseBootstrap({}, kafka, both)).toBe('kafka:1')
    expect(chooseBootstrap({}, { ...kafka, HIGHWATER_BOOTSTRAP: 'env:1' }, both)).toBe('env:1')
    expect(chooseBootstrap({}, { HIGHWATER_CONTEXT: 'prod' }, both)).toBe('prod:1')
  })

  it("then the current context, the project's before the user's", () => {
    expect(chooseBootstrap({}, {}, both)).toBe('dev:1')
    expect(chooseBootstrap({}, {}, () => [user])).toBe('prod:1')
  })

  it('then the node of this machine', () => {
    expect(chooseBootstrap({}, {}, () => [])).toBe('127.0.0.1:9092')
    expect(chooseBootstrap({}, { HIGHWATER_BOOTSTRAP: '' }, () => [])).toBe('127.0.0.1:9092')
  })

  it('does not read files that it does not need', () => {
    const unreadable = (): never => {
      throw new Error('read')
    }
    expect(chooseBootstrap({ bootstrap: 'arg:1' }, {}, unreadable)).toBe('arg:1')
  })

  it('says which contexts there are', () => {
    expect(() => chooseBootstrap({ context: 'test' }, {}, both)).toThrow('known are dev, prod')
  })
})

describe('parseContexts', () => {
  it('reads what formatContexts writes', () => {
    expect(parseContexts(formatContexts(user))).toEqual({
      current: user.current,
      contexts: user.contexts,
    })
  })

  it.each(['', '[]', '{"current":1}', '{"contexts":[]}', '{"contexts":{"a":{}}}'])(
    'refuses %j',
    (text) => {
      expect(() => parseContexts(text)).toThrow()
    },
  )
})
