import { describe, expect, it } from 'vitest'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  readConsumerProtocol,
  writeConsumerProtocol,
} from './index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('the consumer protocol', () => {
  it('has its version in front', () => {
    const bytes = writeConsumerProtocol(ConsumerProtocolSubscription, 0, { topics: ['t'] })
    expect(bytes).toEqual(hex('0000 00000001 0001 74 ffffffff'))
    expect(readConsumerProtocol(ConsumerProtocolSubscription, bytes)?.topics).toEqual(['t'])
  })

  it('is read in the version that it says', () => {
    const assignedPartitions = [{ topic: 't', partitions: [0, 2] }]
    const bytes = writeConsumerProtocol(ConsumerProtocolAssignment, 3, { assignedPartitions })
    expect(readConsumerProtocol(ConsumerProtocolAssignment, bytes)).toEqual({
      assignedPartitions,
      userData: null,
    })
  })

  it('is read as the newest known version when it is newer', () => {
    const bytes = writeConsumerProtocol(ConsumerProtocolSubscription, 3, {
      topics: ['t'],
      rackId: 'r',
    })
    bytes.writeInt16BE(9)
    const newer = Buffer.concat([bytes, hex('00 11 22')])
    expect(readConsumerProtocol(ConsumerProtocolSubscription, newer)?.rackId).toBe('r')
  })

  it('is null when the bytes are of another kind', () => {
    expect(readConsumerProtocol(ConsumerProtocolSubscription, hex(''))).toBeNull()
    expect(readConsumerProtocol(ConsumerProtocolSubscription, hex('ffff 00000000'))).toBeNull()
    expect(
      readConsumerProtocol(ConsumerProtocolSubscription, Buffer.from('{"json": true}')),
    ).toBeNull()
  })
})
