import { describe, expect, it } from 'vitest'
import { applyRecords, emptyImage, metadataRecord } from '../../metadata/index.ts'
import { errorName } from '../../protocol/index.ts'
import type { DescribeClusterResponse } from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { RequestContext } from '../handler.ts'
import type { ControllerServices } from '../services.ts'
import { describeCluster, describeControllers } from './60-describe-cluster.ts'

const [BROKERS, CONTROLLERS] = [1, 2]
const INCARNATION = 'bTIE0c12SJKpE9Kdr0FUAg'

function endPoint(name: string, host: string) {
  return { name, host, port: 9092, securityProtocol: 0 }
}

const image = applyRecords(emptyImage, [
  ...[1, 2].map((id) =>
    metadataRecord('registerBroker', {
      brokerId: id,
      incarnationId: INCARNATION,
      brokerEpoch: id,
      endPoints: [endPoint('PLAINTEXT', `b${id}`)],
      features: [],
      rack: 'r',
      fenced: id === 2,
    }),
  ),
  ...[1, 3].map((id) =>
    metadataRecord('registerController', {
      controllerId: id,
      incarnationId: INCARNATION,
      zkMigrationReady: false,
      endPoints: [endPoint('CONTROLLER', `c${id}`)],
      features: [],
    }),
  ),
])

function ask(
  handler: typeof describeCluster,
  endpointType: number,
  { leaderId = 3, apiVersion = 2, includeFencedBrokers = false } = {},
): Draft<typeof DescribeClusterResponse> {
  const services = {
    nodeId: 1,
    clusterId: 'cluster',
    image: () => image,
    quorum: { leaderId },
  } as unknown as ControllerServices
  const request = { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations: false }
  const listenerName = endpointType === CONTROLLERS ? 'CONTROLLER' : 'PLAINTEXT'
  const context = { listenerName, apiVersion } as RequestContext
  return handler.handle(services, request, context) as Draft<typeof DescribeClusterResponse>
}

describe('DescribeCluster', () => {
  it('tells of the brokers, on a broker', () => {
    const answer = ask(describeCluster, BROKERS)
    expect(answer).toMatchObject({ errorCode: 0, controllerId: 1, clusterId: 'cluster' })
    expect(answer.brokers.map(({ host }) => host)).toEqual(['b1'])
    const all = ask(describeCluster, BROKERS, { includeFencedBrokers: true })
    expect(all.brokers.map(({ host, isFenced }) => [host, isFenced])).toEqual([
      ['b1', false],
      ['b2', true],
    ])
  })

  it('tells of the controllers, on a controller, and who leads if its address is known', () => {
    const answer = ask(describeControllers, CONTROLLERS)
    expect(answer.brokers.map(({ brokerId, host }) => [brokerId, host])).toEqual([
      [1, 'c1'],
      [3, 'c3'],
    ])
    expect(answer.controllerId).toBe(3)
    expect(ask(describeControllers, CONTROLLERS, { leaderId: 2 }).controllerId).toBe(-1)
  })

  it('refuses to tell of the others', () => {
    const codeOf = (...args: Parameters<typeof ask>) => errorName(ask(...args).errorCode)
    expect(codeOf(describeCluster, CONTROLLERS)).toBe('MISMATCHED_ENDPOINT_TYPE')
    expect(codeOf(describeControllers, BROKERS)).toBe('MISMATCHED_ENDPOINT_TYPE')
    expect(codeOf(describeControllers, 9)).toBe('UNSUPPORTED_ENDPOINT_TYPE')
    expect(codeOf(describeControllers, BROKERS, { apiVersion: 0 })).toBe('INVALID_REQUEST')
  })
})
