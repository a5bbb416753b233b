import { describe, expect, test } from 'vitest'
import type { Clock } from '../io/index.ts'
import { encodeRequest, ListOffsetsRequest, ListOffsetsResponse } from '../protocol/index.ts'
import { Dispatcher } from './dispatch.ts'
import { defineHandler, Staged } from './handler.ts'
import type { Origin } from './handler.ts'
import { RequestMetrics } from './request-metrics.ts'
import type { Broker } from './services.ts'
import { Turns } from './turns.ts'

let rounds: Array<() => void> = []
const clock: Clock = {
  monotonicMs: () => 0,
  wallMs: () => 0,
  after: () => ({ cancel: () => {} }),
  soon: (callback) => rounds.push(callback),
}
const services = { io: { clock } } as unknown as Broker
const metrics = new RequestMetrics({ register: () => () => {}, all: () => [] })

/** One round of the loop; its promises have settled when this resolves. */
async function round(): Promise<void> {
  const callbacks = rounds
  rounds = []
  for (const callback of callbacks) callback()
  await new Promise((resolve) => setImmediate(resolve))
}

function frame(partitions: number): Buffer {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: -1,
  }))
  const draft = { replicaId: -1, topics: [{ name: 't', partitions: asked }] }
  const header = { correlationId: 7, clientId: 'test' }
  return Buffer.concat(encodeRequest(ListOffsetsRequest, 7, header, draft)).subarray(4)
}

function dispatch(partitions: number, isStaged: boolean) {
  const log: string[] = []
  const handler = defineHandler(ListOffsetsRequest, ListOffsetsResponse, {
    handle() {
      log.push('handled')
      const response = { throttleTimeMs: 0, topics: [] }
      if (!isStaged) return response
      return new Staged(Promise.resolve(), Promise.resolve(response))
    },
  })
  const dispatcher = new Dispatcher(services, [handler], metrics)
  const origin = { turns: new Turns(clock) } as unknown as Origin
  const { response, started } = dispatcher.start(frame(partitions), origin)
  if (response instanceof Promise) void response.then(() => log.push('answered'))
  else log.push('answered')
  void started?.then(() => log.push('started'))
  return log
}

describe('a request', () => {
  test('is handled and answered at once when it is small', () => {
    expect(dispatch(10, false)).toEqual(['handled', 'answered'])
  })

  test.each([false, true])(
    'with much in it is decoded, handled and answered in turns of their own (staged: %s)',
    async (isStaged) => {
      rounds = []
      const log = dispatch(5_000, isStaged)
      const seen: string[] = []
      for (let i = 0; i < 8; i++) {
        seen.push(log.splice(0).join())
        await round()
      }
      expect(seen.filter((text) => text !== '')).toEqual(['handled,started', 'answered'])
      expect(seen[0]).toBe('')
    },
  )
})
