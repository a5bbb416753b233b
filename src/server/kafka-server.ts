import type { Broker, ListenerAddress } from './broker.ts'
import type { Exchange } from './client-connection.ts'
import { Dispatcher } from './dispatch.ts'
import type { Origin } from './handler.ts'
import { Listener } from './listener.ts'
import type { ListenerLimits } from './listener.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RequestMetrics } from './request-metrics.ts'
import { Turns } from './turns.ts'

/** The listeners of one node and what they share: the dispatcher and the memory budget. */
export class KafkaServer {
  readonly #listeners: Listener[]
  readonly budget: MemoryBudget
  readonly #dispatcher: Dispatcher
  #isServing = false
  #startServing: () => void = () => {}
  readonly #serving = new Promise<void>((resolve) => {
    this.#startServing = resolve
  })

  constructor(broker: Broker, listeners: readonly ListenerAddress[]) {
    const { io, settings } = broker
    this.#dispatcher = new Dispatcher(broker, new RequestMetrics(io.telemetry.metrics))
    this.budget = new MemoryBudget(settings.requestMemoryBytesMax)
    const turns = new Turns(io.clock)
    const limits: ListenerLimits = {
      frameBytesMax: settings.requestBytesMax,
      // The cluster may change these while the node runs.
      get connectionsMax() {
        return broker.settings.connectionsMax
      },
      connectionsPerHostMax: (host) => broker.settings.connectionsPerHostMax(host),
      idleMsMax: settings.connectionsIdleMsMax,
    }
    this.#listeners = listeners.map(
      ({ name, host, port }) =>
        new Listener({
          name,
          host,
          port,
          io,
          limits,
          budget: this.budget,
          turns,
          buffers: broker.buffers,
          start: (frame, client) =>
            this.#start(frame, {
              listenerName: name,
              clientHost: `/${client.remoteHost}`,
              turns,
              onceGone: (handler) => client.onceClosed(handler),
              isMemoryShort: () => this.budget.isExhausted,
            }),
        }),
    )
    io.telemetry.metrics.register({
      name: 'kafka_server_socketservermetrics_connection_count',
      help: 'Open connections of clients',
      kind: 'gauge',
      collect: () => [
        { value: this.#listeners.reduce((sum, { connectionCount }) => sum + connectionCount, 0) },
      ],
    })
  }

  /** From now on requests are handled; what came before this waited. */
  serve(): void {
    this.#isServing = true
    this.#startServing()
  }

  #start(frame: Buffer, origin: Origin): Exchange {
    if (this.#isServing) return this.#dispatcher.start(frame, origin)
    const response = this.#serving.then(() => this.#dispatcher.start(frame, origin).response)
    return { overlaps: false, response }
  }

  /** Binds all listeners; the bound ports by listener name. Rejects with NetworkError, with none left open. */
  async open(): Promise<ReadonlyMap<string, number>> {
    const ports = new Map<string, number>()
    try {
      for (const listener of this.#listeners) {
        await listener.open()
        ports.set(listener.name, listener.port)
      }
    } catch (error) {
      await this.close()
      throw error
    }
    return ports
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }
}
