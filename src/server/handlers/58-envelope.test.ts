import { describe, expect, it } from 'vitest'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  decodeResponse,
  encodePrincipal,
  encodeRequest,
  errorName,
  openResponse,
} from '../../protocol/index.ts'
import type { EnvelopeResponse } from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { RequestContext } from '../handler.ts'
import type { ControllerServices } from '../services.ts'
import { createTopics } from './19-create-topics.ts'
import { envelope } from './58-envelope.ts'

const VERSION = 7
const handler = envelope([createTopics])

/** The frame of a request to create topic `a`, without its length. */
function creation(): Buffer {
  const topic = { name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const body = { topics: [topic], timeoutMs: 1000, validateOnly: false }
  const frame = encodeRequest(
    CreateTopicsRequest,
    VERSION,
    { correlationId: 77, clientId: 'app' },
    body,
  )
  return Buffer.concat(frame).subarray(4)
}

const context = { listenerName: 'CONTROLLER', principal: 'User:broker' } as RequestContext

async function send(
  overrides: { requestData?: Buffer; requestPrincipal?: Buffer | null; clientHostAddress?: Buffer },
  leaderId = 1,
) {
  const asked: unknown[] = []
  const services = {
    nodeId: 1,
    quorum: { leaderId },
    controller: {
      createTopics(request: { topics: Array<{ name: string }> }, info: RequestContext) {
        const { principal, clientId, apiVersion, clientHost } = info
        asked.push({ principal, clientId, apiVersion, clientHost, topic: request.topics[0]?.name })
        return Promise.resolve({
          topics: [{ name: 'a', errorCode: 36, errorMessage: null, configs: [] }],
        })
      },
    },
  } as unknown as ControllerServices
  const request = {
    requestData: creation(),
    requestPrincipal: encodePrincipal('User:alice'),
    clientHostAddress: Buffer.from([10, 0, 0, 7]),
    ...overrides,
  }
  const answer = (await handler.handle(services, request, context)) as Draft<
    typeof EnvelopeResponse
  >
  return { asked, error: errorName(answer.errorCode), data: answer.responseData ?? null }
}

describe('an envelope', () => {
  it('is opened: the request runs for its client, and the whole answer goes back', async () => {
    const { asked, error, data } = await send({})
    expect(error).toBe('NONE')
    expect(asked).toEqual([
      {
        principal: 'User:alice',
        clientId: 'app',
        apiVersion: VERSION,
        clientHost: '10.0.0.7',
        topic: 'a',
      },
    ])
    const opened = openResponse(data as Buffer)
    expect(opened.correlationId).toBe(77)
    const { topics } = decodeResponse(CreateTopicsResponse, VERSION, opened)
    expect(topics[0]).toMatchObject({ name: 'a', errorCode: 36 })
  })

  it('tells the address of a client with IPv6', async () => {
    const clientHostAddress = Buffer.from('20010db8000000000000000000000001', 'hex')
    const { asked } = await send({ clientHostAddress })
    expect(asked).toMatchObject([{ clientHost: '2001:db8:0:0:0:0:0:1' }])
  })

  it.each([
    [
      'a principal that cannot be read',
      { requestPrincipal: Buffer.from([9, 9]) },
      'PRINCIPAL_DESERIALIZATION_FAILURE',
    ],
    ['no principal', { requestPrincipal: null }, 'PRINCIPAL_DESERIALIZATION_FAILURE'],
    ['an address that is none', { clientHostAddress: Buffer.alloc(5) }, 'INVALID_REQUEST'],
    ['bytes that are no request', { requestData: Buffer.from([1, 2, 3]) }, 'UNSUPPORTED_VERSION'],
    ['half a request', { requestData: creation().subarray(0, 20) }, 'UNSUPPORTED_VERSION'],
    ['an API that is not for clients', { requestData: otherApi(62) }, 'INVALID_REQUEST'],
  ])('is refused with %s', async (_what, overrides, error) => {
    const result = await send(overrides)
    expect([result.error, result.data, result.asked]).toEqual([error, null, []])
  })

  it('is refused by a controller that does not lead', async () => {
    expect(await send({}, 2)).toEqual({ asked: [], error: 'NOT_CONTROLLER', data: null })
  })
})

/** A request of another API, as far as its header says. */
function otherApi(key: number): Buffer {
  const frame = Buffer.from(creation())
  frame.writeInt16BE(key, 0)
  frame.writeInt16BE(4, 2)
  return frame
}
