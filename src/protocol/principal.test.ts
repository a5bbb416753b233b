import { expect, test } from 'vitest'
import { decodePrincipal, encodePrincipal } from './principal.ts'

test('a principal survives its way through an envelope', () => {
  for (const principal of ['User:ANONYMOUS', 'User:CN=a:b,O=c', 'Group:'])
    expect(decodePrincipal(encodePrincipal(principal))).toBe(principal)
})

test('the bytes are those of Apache Kafka', () => {
  // Version 0, two compact strings, a bool, no tagged fields.
  const bytes = Buffer.concat([
    Buffer.from([0, 0, 5]),
    Buffer.from('User'),
    Buffer.from([4]),
    Buffer.from('bob'),
    Buffer.from([0, 0]),
  ])
  expect(encodePrincipal('User:bob')).toEqual(bytes)
})

test('other bytes are no principal', () => {
  const bytes = encodePrincipal('User:bob')
  for (let end = 0; end < bytes.length; end++)
    expect(decodePrincipal(bytes.subarray(0, end))).toBe(null)
  expect(decodePrincipal(Buffer.from([0, 1, 0, 0, 0, 0]))).toBe(null)
})
