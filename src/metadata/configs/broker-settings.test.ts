import { describe, expect, it } from 'vitest'
import { BrokerSettings } from './broker-settings.ts'

const map = (props: Record<string, string>): Map<string, string> => new Map(Object.entries(props))

describe('BrokerSettings', () => {
  it('gives typed values, and defaults where nothing is set', () => {
    const settings = new BrokerSettings(map({ 'num.partitions': '3', 'process.roles': 'broker' }))
    expect(settings.get('num.partitions')).toBe(3)
    expect(settings.get('process.roles')).toEqual(['broker'])
    expect(settings.get('node.id')).toBeNull()
    expect(settings.get('log.flush.before.ack')).toBe('auto')
    expect([settings.isSet('num.partitions'), settings.isSet('node.id')]).toEqual([true, false])
  })

  it('takes one broker before all brokers before the file, and forgets what was taken away', () => {
    const file = new BrokerSettings(map({ 'max.connections': '1' }))
    const one = map({ 'max.connections': '3' })
    const all = map({ 'max.connections': '2' })
    const none = map({})
    expect(file.get('max.connections')).toBe(1)
    expect(file.withDynamic(none, all).get('max.connections')).toBe(2)
    expect(file.withDynamic(one, all).get('max.connections')).toBe(3)
    expect(file.withDynamic(one, all).withDynamic(none, none).get('max.connections')).toBe(1)
    expect(new BrokerSettings(none, none, all).isSet('max.connections')).toBe(true)
  })

  it('lets a listener have its own values', () => {
    const key = 'ssl.keystore.location'
    const own = { [`listener.name.internal.${key}`]: 'internal.pem' }
    const settings = new BrokerSettings(map({ [key]: 'all.pem', ...own }))
    expect(settings.getForListener('INTERNAL', key)).toBe('internal.pem')
    expect(settings.getForListener('EXTERNAL', key)).toBe('all.pem')
    expect(settings.get(key)).toBe('all.pem')
  })
})
