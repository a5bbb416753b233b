import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  apis,
  ApiVersionsRequest,
  ApiVersionsResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  FetchResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  MetadataRequest,
  openResponse,
  SaslHandshakeRequest,
} from './index.ts'
import type { RequestFrame } from './index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const ascii = (text: string): string => Buffer.from(text).toString('hex')

const sender = { correlationId: 7, clientId: 'c' }

/** The frame behind its length prefix, which is checked. */
function unframed(buffers: Buffer[]): Buffer {
  const bytes = Buffer.concat(buffers)
  expect(bytes.readInt32BE()).toBe(bytes.length - 4)
  return bytes.subarray(4)
}

function accepted(frame: Buffer): RequestFrame {
  const decoded = decodeRequest(frame)
  if (!decoded.ok) throw new Error(decoded.message)
  return decoded
}

describe('requests', () => {
  it('reads what librdkafka sends first: ApiVersions 3 with header version 2', () => {
    const frame = hex(
      `0012 0003 00000001 0007 ${ascii('rdkafka')} 00 0b ${ascii('librdkafka')} 06 ${ascii('2.0.2')} 00`,
    )
    const { header, api, version, body } = accepted(frame)
    expect(header).toEqual({ apiKey: 18, apiVersion: 3, correlationId: 1, clientId: 'rdkafka' })
    expect(api.name).toBe('ApiVersions')
    expect(ApiVersionsRequest.decode(body, version)).toMatchObject({
      clientSoftwareName: 'librdkafka',
      clientSoftwareVersion: '2.0.2',
    })
    expect(body.remaining).toBe(0)
  })

  it('writes header version 1 in front of versions that are not flexible', () => {
    const request = { groupId: 'g', generationId: 1, memberId: 'm' }
    expect(unframed(encodeRequest(HeartbeatRequest, 0, sender, request))).toEqual(
      hex('000c 0000 00000007 0001 63 0001 67 00000001 0001 6d'),
    )
  })

  it('writes header version 2 in front of flexible ones, the client id in the old form', () => {
    const request = { groupId: 'g', generationId: 1, memberId: 'm' }
    expect(unframed(encodeRequest(HeartbeatRequest, 4, sender, request))).toEqual(
      hex('000c 0004 00000007 0001 63 00 02 67 00000001 02 6d 00 00'),
    )
    expect(
      unframed(encodeRequest(HeartbeatRequest, 4, { ...sender, clientId: null }, request)),
    ).toEqual(hex('000c 0004 00000007 ffff 00 02 67 00000001 02 6d 00 00'))
  })

  it('reads back what it wrote, and leaves the body', () => {
    const frame = unframed(encodeRequest(MetadataRequest, 12, sender, { topics: null }))
    const { header, version, body } = accepted(frame)
    expect(header).toEqual({ apiKey: 3, apiVersion: 12, correlationId: 7, clientId: 'c' })
    expect(MetadataRequest.decode(body, version).topics).toBeNull()
  })

  it('passes over tagged fields of the header', () => {
    const { body } = accepted(
      hex('000c 0004 00000007 ffff 01 63 02 aabb 02 67 00000001 02 6d 00 00'),
    )
    expect(HeartbeatRequest.decode(body, 4)).toMatchObject({ groupId: 'g', memberId: 'm' })
  })

  it('refuses an unknown version with the correlation id, whatever the rest of the frame is', () => {
    const refused = decodeRequest(hex(`0012 7fff 00000009 0001 63 ff ff ff`))
    expect(refused).toMatchObject({
      ok: false,
      reason: 'unsupportedVersion',
      header: { apiKey: 18, apiVersion: 0x7fff, correlationId: 9, clientId: 'c' },
      api: { name: 'ApiVersions' },
    })
  })

  it('refuses what is advertised only for old clients, and what is not stable yet', () => {
    expect(decodeRequest(hex('0000 0002 00000001 ffff'))).toMatchObject({
      reason: 'unsupportedVersion',
    })
    expect(decodeRequest(hex('0016 0006 00000001 ffff 00'))).toMatchObject({
      reason: 'unsupportedVersion',
    })
    expect(decodeRequest(hex('0000 0003 00000001 ffff'))).toMatchObject({ ok: true })
    expect(decodeRequest(hex('0016 0005 00000001 ffff 00'))).toMatchObject({ ok: true })
  })

  it('refuses an unknown API: the keys of the ZooKeeper era, too', () => {
    for (const key of ['0004', '0007', '00ff', 'ffff']) {
      expect(decodeRequest(hex(`${key} 0000 00000001 ffff`))).toMatchObject({
        reason: 'unknownApi',
        header: { correlationId: 1 },
      })
    }
  })

  it('refuses other protocols and noise, and throws nothing', () => {
    expect(decodeRequest(hex(''))).toMatchObject({ reason: 'malformed' })
    expect(decodeRequest(hex('0012 0003 00000001 0007 00'))).toMatchObject({ reason: 'malformed' })
    expect(decodeRequest(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toMatchObject({ ok: false })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        expect(decodeRequest(Buffer.from(noise))).toHaveProperty('ok')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('responses', () => {
  it('have header version 0 in front of versions that are not flexible', () => {
    const frame = unframed(encodeResponse(HeartbeatResponse, 3, 7, { errorCode: 27 }))
    expect(frame).toEqual(hex('00000007 00000000 001b'))
  })

  it('have header version 1 in front of flexible ones', () => {
    const frame = unframed(encodeResponse(HeartbeatResponse, 4, 7, { errorCode: 27 }))
    expect(frame).toEqual(hex('00000007 00 00000000 001b 00'))
    const opened = openResponse(frame)
    expect(opened.correlationId).toBe(7)
    expect(decodeResponse(HeartbeatResponse, 4, opened).errorCode).toBe(27)
    expect(opened.rest.remaining).toBe(0)
  })

  it('of ApiVersions never have header version 1 (KIP-511)', () => {
    const response = { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }] }
    const frame = unframed(encodeResponse(ApiVersionsResponse, 3, 7, response))
    expect(frame).toEqual(hex('00000007 0023 02 0012 0000 0005 00 00000000 00'))
    expect(decodeResponse(ApiVersionsResponse, 3, openResponse(frame)).errorCode).toBe(35)
    expect(unframed(encodeResponse(ApiVersionsResponse, 0, 7, response))).toEqual(
      hex('00000007 0023 00000001 0012 0000 0005'),
    )
  })

  it('pass large records along instead of copying them', () => {
    const records = Buffer.alloc(100_000, 1)
    const partition = {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 1,
      abortedTransactions: null,
    }
    const buffers = encodeResponse(FetchResponse, 12, 7, {
      responses: [{ topic: 't', partitions: [{ ...partition, records }] }],
    })
    expect(buffers.some(({ buffer }) => buffer === records.buffer)).toBe(true)
    const { responses } = decodeResponse(FetchResponse, 12, openResponse(unframed(buffers)))
    expect(responses[0]?.partitions[0]?.records?.equals(records)).toBe(true)
  })
})

describe('the table of APIs', () => {
  it('knows every key from 0 to 94 but the four of the ZooKeeper era', () => {
    const keys = Array.from({ length: 95 }, (_, key) => key).filter((key) => key < 4 || key > 7)
    expect([...apis.keys()].toSorted((a, b) => a - b)).toEqual(keys)
  })

  it('has requests and responses of the same versions, flexible from the same version on', () => {
    for (const { request, response } of apis.values()) {
      expect(response.versions).toEqual(request.versions)
      expect(response.flexibleSince).toBe(request.flexibleSince)
    }
  })

  it('advertises what it accepts, but for Produce 0 to 2', () => {
    const differing = [...apis.values()].filter(
      ({ versions, advertised }) => versions !== advertised,
    )
    expect(differing.map(({ name, advertised }) => [name, advertised])).toEqual([
      ['Produce', [0, 13]],
    ])
    expect(apis.get(22)?.advertised).toEqual([0, 5])
  })

  it('takes its keys from the messages', () => {
    expect(apis.get(SaslHandshakeRequest.key ?? -1)?.request).toBe(SaslHandshakeRequest)
  })
})
