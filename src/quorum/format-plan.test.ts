import { describe, expect, it } from 'vitest'
import { planFormat } from './format-plan.ts'
import type { FormatFlags, FormatNode } from './format-plan.ts'

const endpoint = { name: 'CONTROLLER', host: 'a', port: 9093 }
const node: FormatNode = {
  nodeId: 1,
  isController: true,
  hasStaticVoters: false,
  controllerEndpoint: endpoint,
  listenerName: 'CONTROLLER',
  dirs: ['/data'],
  metadataLogDir: '/data',
}
const flags: FormatFlags = {
  clusterId: 'HsKs0UDFRGS5qRZBaNJO5g',
  standalone: false,
  noInitialControllers: false,
  initialControllers: null,
  ignoreFormatted: false,
  releaseVersion: null,
  features: [],
}
const D1 = 'QQQQQQQQQQQQQQQQQQQQQQ'
const D2 = 'RRRRRRRRRRRRRRRRRRRRRQ'
const broker = { ...node, isController: false, controllerEndpoint: null }
const configured = { ...node, hasStaticVoters: true }

function plan(asked: Partial<FormatFlags>, of: FormatNode = node): ReturnType<typeof planFormat> {
  return planFormat(of, { ...flags, ...asked })
}

describe('planFormat', () => {
  it('makes one controller the only voter', () => {
    expect(plan({ standalone: true })).toMatchObject({ standalone: endpoint, initialVoters: null })
  })

  it('takes several first voters, and the directory that they name for this node', () => {
    const initialControllers = `1@a:9093:${D1},2@[::1]:9094:${D2}`
    expect(plan({ initialControllers })).toMatchObject({
      standalone: null,
      directoryId: D1,
      initialVoters: [
        { id: 1, directoryId: D1, endpoints: [{ name: 'CONTROLLER', host: 'a', port: 9093 }] },
        { id: 2, directoryId: D2, endpoints: [{ name: 'CONTROLLER', host: '::1', port: 9094 }] },
      ],
    })
  })

  it('leaves the voters to others where that is said, configured, or no matter', () => {
    const nobody = { standalone: null, initialVoters: null }
    expect(plan({ noInitialControllers: true })).toMatchObject(nobody)
    expect(plan({}, configured)).toMatchObject(nobody)
    expect(plan({}, broker)).toMatchObject(nobody)
  })

  it('takes the levels of a release, and single ones', () => {
    const of = (asked: Partial<FormatFlags>): unknown => {
      const result = plan({ noInitialControllers: true, ...asked })
      return typeof result === 'string' ? result : result.features?.get('metadata.version')
    }
    expect(of({})).toBe(30)
    expect(of({ releaseVersion: '3.9' })).toBe(21)
    expect(of({ releaseVersion: '4.0-IV1' })).toBe(23)
    expect(of({ features: ['metadata.version=25'] })).toBe(25)
  })

  it.each<[string, Partial<FormatFlags>, FormatNode]>([
    ['Cannot use cluster id', { clusterId: 'short' }, node],
    ['wanted --standalone', {}, node],
    ['together with --initial', { standalone: true, initialControllers: `1@a:1:${D1}` }, node],
    ['together with --no-initial', { standalone: true, noInitialControllers: true }, node],
    ['controller.quorum.voters is set', { standalone: true }, configured],
    ['controller.quorum.voters is set', { initialControllers: `1@a:1:${D1}` }, configured],
    ['this node is no controller', { standalone: true }, broker],
    ['wanted id@host:port:directoryId', { initialControllers: '1@a:9093' }, node],
    ['named twice', { initialControllers: `1@a:1:${D1},1@b:1:${D2}` }, node],
    ['not among them', { initialControllers: `2@a:1:${D1}` }, node],
    ['wanted a release', { standalone: true, releaseVersion: '1.0' }, node],
    ['wanted name=level', { standalone: true, features: ['group.version'] }, node],
    ['wanted name=level', { standalone: true, features: ['no.such=1'] }, node],
    ['this version supports', { standalone: true, features: ['metadata.version=99'] }, node],
    [
      'together with --release-version',
      { standalone: true, features: ['metadata.version=25'], releaseVersion: '4.0' },
      node,
    ],
    ['kraft.version=0', { standalone: true, features: ['kraft.version=0'] }, node],
    ['kraft.version=1', { features: ['kraft.version=1'] }, configured],
    ['wanted 21', { standalone: true, releaseVersion: '3.8' }, node],
  ])('refuses: %s', (message, asked, of) => {
    expect(plan(asked, of)).toContain(message)
  })
})
