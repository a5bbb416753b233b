/**
 * Who a forwarded request comes from, as a broker tells the controller in an Envelope (KIP-590): int16 version, then the message below
 * (DefaultKafkaPrincipalBuilder in Apache Kafka).
 */
import { bool, message, Reader, string, WireError, Writer } from '../wire/index.ts'

const VERSION = 0
const VERSION_SIZE = 2

const PrincipalData = message(
  { name: 'DefaultPrincipalData', versions: [0, 0], flexibleSince: 0 },
  { type: string, name: string, tokenAuthenticated: bool },
)

/** @param principal as Kafka prints one: `User:alice` */
export function encodePrincipal(principal: string): Buffer {
  const colon = principal.indexOf(':')
  const writer = new Writer()
  writer.int16(VERSION)
  PrincipalData.encode(writer, VERSION, {
    type: principal.slice(0, colon),
    name: principal.slice(colon + 1),
    tokenAuthenticated: false,
  })
  return Buffer.concat(writer.finish())
}

/** The principal as `User:alice`, or null when the bytes have another form. */
export function decodePrincipal(bytes: Buffer): string | null {
  if (bytes.length < VERSION_SIZE) return null
  const reader = new Reader(bytes)
  if (reader.int16() !== VERSION) return null
  try {
    const { type, name } = PrincipalData.decode(reader, VERSION)
    return `${type}:${name}`
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}
