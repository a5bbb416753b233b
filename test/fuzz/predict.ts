/**
 * What must become of a frame, by reading it here: everything that can be read and is served gets an answer, everything else closes the
 * connection. So the fuzzer notices not only a crash but also a refusal of what is sound, and an answer to what is not.
 */
import {
  ApiVersionsRequest,
  decodeRequest,
  FetchRequest,
  JoinGroupRequest,
  ProduceRequest,
  SyncGroupRequest,
  UnregisterBrokerRequest,
} from '../../src/protocol/index.ts'
import { WireError } from '../../src/wire/index.ts'
import type { Decoded } from '../../src/wire/index.ts'
import type { Served } from './corpus.ts'

/**
 * `answer`: exactly one answer. `close`: none, and the connection is closed. `silent`: no answer is due (acks=0), the connection may be
 * closed. `wait`: an answer, but perhaps much later.
 */
export type Fate = 'answer' | 'close' | 'silent' | 'wait'

/** An answer that comes later than this is waited for apart from the others. */
const WAIT_MS = 20

/** What an administrator may do, and what would end the well-behaved client's work: such a request is not sent. */
export function wouldEndTheTest(frame: Buffer, brokerId: number): boolean {
  if (frame.length < 2 || frame.readInt16BE(0) !== UnregisterBrokerRequest.key) return false
  const request = decodeRequest(frame)
  if (!request.ok) return false
  try {
    return UnregisterBrokerRequest.decode(request.body, request.version).brokerId === brokerId
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return false
  }
}

/** @param frame without its length */
export function fateOf(frame: Buffer, served: Served): Fate {
  const request = decodeRequest(frame)
  if (!request.ok) {
    const isNegotiation = request.api?.key === ApiVersionsRequest.key
    return isNegotiation && request.reason === 'unsupportedVersion' ? 'answer' : 'close'
  }
  const { api, version, body } = request
  if (!served.has(api.key)) return 'close'
  let decoded: unknown
  try {
    decoded = api.request.decode(body, version)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return 'close'
  }
  switch (api.key) {
    case ProduceRequest.key:
      return (decoded as Decoded<typeof ProduceRequest>).acks === 0 ? 'silent' : 'answer'
    case FetchRequest.key: {
      const { maxWaitMs, minBytes } = decoded as Decoded<typeof FetchRequest>
      return maxWaitMs > WAIT_MS && minBytes > 0 ? 'wait' : 'answer'
    }
    case JoinGroupRequest.key:
    case SyncGroupRequest.key:
      return 'wait'
    default:
      return 'answer'
  }
}
