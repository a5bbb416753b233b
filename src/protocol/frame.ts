/**
 * Frames: what lies between two length prefixes on a connection is one header and one body.
 *
 * A request that cannot be served is a value ({@link Refusal}), never an exception: what to answer differs. An ApiVersions
 * request of an unknown version gets UNSUPPORTED_VERSION in the body of version 0 (KIP-511); everything else closes the connection.
 */
import { present } from '../base/index.ts'
import { Reader, WireError, Writer } from '../wire/index.ts'
import type { Message } from '../wire/index.ts'
import { apis } from './apis.ts'
import type { Api } from './apis.ts'
import {
  RequestHeader,
  requestHeaderVersion,
  ResponseHeader,
  responseHeaderVersion,
} from './headers.ts'

const LENGTH_SIZE = 4
/**
 * Elements of one request at most, in all its arrays: several times what a node has partitions to ask for, and what can be read and answered in
 * a few milliseconds.
 */
const REQUEST_ELEMENTS_MAX = 50_000

/** What the header of a request says, whatever the version of the header. */
export interface RequestFrameHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

export interface RequestFrame {
  readonly ok: true
  readonly header: RequestFrameHeader
  readonly api: Api
  readonly version: number
  /** Stands at the first byte of the body; `api.request.decode(body, version)` reads it. */
  readonly body: Reader
}

export interface Refusal {
  readonly ok: false
  /** `malformed`: not a request. `unknownApi`: a key of no API. `unsupportedVersion`: of `api`. */
  readonly reason: 'malformed' | 'unknownApi' | 'unsupportedVersion'
  /** For the log: what was found and what is wanted. */
  readonly message: string
  /** Missing only when malformed. */
  readonly header?: RequestFrameHeader
  /** Only with `unsupportedVersion`. */
  readonly api?: Api
}

/**
 * Reads the header of one request. Bytes behind the body are nobody's concern, as in Kafka.
 *
 * @param frame the frame without its length prefix. The body and all byte fields in it stay views on this buffer.
 */
export function decodeRequest(frame: Buffer): RequestFrame | Refusal {
  const body = new Reader(frame)
  body.elementCountMax = REQUEST_ELEMENTS_MAX
  try {
    const header = readCommonHeader(body)
    const { apiKey, apiVersion } = header
    const api = apis.get(apiKey)
    if (api === undefined) {
      const message = `Cannot read a request of API ${apiKey}: there is no such API`
      return { ok: false, reason: 'unknownApi', message, header }
    }
    const [first, last] = api.versions
    if (apiVersion < first || apiVersion > last) {
      const message = `Cannot read ${api.name} version ${apiVersion}: allowed are ${first} to ${last}`
      return { ok: false, reason: 'unsupportedVersion', message, header, api }
    }
    if (requestHeaderVersion(api.request, apiVersion) === 2) body.skipTags()
    return { ok: true, header, api, version: apiVersion, body }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { ok: false, reason: 'malformed', message: error.message }
  }
}

/** The part that all header versions share, so that even an unknown version has a correlation id. */
function readCommonHeader(reader: Reader): RequestFrameHeader {
  const { requestApiKey, requestApiVersion, correlationId, clientId } = RequestHeader.decode(
    reader,
    1,
  )
  return { apiKey: requestApiKey, apiVersion: requestApiVersion, correlationId, clientId }
}

export interface OutgoingRequest {
  readonly correlationId: number
  readonly clientId: string | null
}

/**
 * One request as bytes for the socket: length, header, body. Large byte fields of the draft are passed along, not copied.
 *
 * @param request a request message with a key, e.g. `FetchRequest`
 */
export function encodeRequest<D>(
  request: Message<unknown, D>,
  version: number,
  { correlationId, clientId }: OutgoingRequest,
  draft: D,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  RequestHeader.encode(writer, requestHeaderVersion(request, version), {
    requestApiKey: present(request.key, `${request.name} has no API key`),
    requestApiVersion: version,
    correlationId,
    clientId,
  })
  request.encode(writer, version, draft)
  return finishFrame(writer)
}

/** One response as bytes for the socket: length, header, body. Large byte fields of the draft are passed along, not copied. */
export function encodeResponse<D>(
  response: Message<unknown, D>,
  version: number,
  correlationId: number,
  draft: D,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  ResponseHeader.encode(writer, responseHeaderVersion(response, version), { correlationId })
  response.encode(writer, version, draft)
  return finishFrame(writer)
}

function finishFrame(writer: Writer): Buffer[] {
  writer.patchFirstInt32(writer.size - LENGTH_SIZE)
  return writer.finish()
}

export interface ResponseFrame {
  readonly correlationId: number
  /** Stands behind the part of the header that every version has; {@link decodeResponse} reads on. */
  readonly rest: Reader
}

/** The correlation id of a response, by which its request and so its version are found. Throws WireError. */
export function openResponse(frame: Buffer): ResponseFrame {
  const rest = new Reader(frame)
  return { correlationId: ResponseHeader.decode(rest, 0).correlationId, rest }
}

/** Reads the body of a response that {@link openResponse} opened. Throws WireError. */
export function decodeResponse<T>(
  response: Message<T, unknown>,
  version: number,
  { rest }: ResponseFrame,
): T {
  if (responseHeaderVersion(response, version) === 1) rest.skipTags()
  return response.decode(rest, version)
}
