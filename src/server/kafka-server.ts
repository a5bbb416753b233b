import { Dispatcher } from './dispatch.ts'
import type { Dispatch } from './dispatch.ts'
import type { Handler, Origin } from './handler.ts'
import { Listener } from './listener.ts'
import type { ListenerLimits } from './listener.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RequestMetrics } from './request-metrics.ts'
import type { ListenerAddress, NodeServices } from './services.ts'
import { Turns } from './turns.ts'

/** Listeners that serve the same APIs to the same kind of client. */
export interface Endpoint<Services extends NodeServices = NodeServices> {
  readonly listeners: readonly ListenerAddress[]
  readonly handlers: readonly Handler<Services>[]
  readonly services: Services
}

export interface OpenEndpoint {
  /** Bound ports by listener name. */
  readonly ports: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** The listeners of one node and what they share: metrics, turns of the loop and the memory budget. */
export class KafkaServer {
  readonly #listeners: Listener[] = []
  readonly #node: NodeServices
  readonly #limits: ListenerLimits
  readonly #metrics: RequestMetrics
  readonly #turns: Turns
  readonly budget: MemoryBudget
  #isServing = false
  #startServing: () => void = () => {}
  readonly #serving = new Promise<void>((resolve) => {
    this.#startServing = resolve
  })

  constructor(node: NodeServices) {
    const { io, settings } = node
    this.#node = node
    this.#metrics = new RequestMetrics(io.telemetry.metrics)
    this.budget = new MemoryBudget(settings.requestMemoryBytesMax)
    this.#turns = new Turns(io.clock)
    this.#limits = {
      frameBytesMax: settings.requestBytesMax,
      // The cluster may change these while the node runs.
      get connectionsMax() {
        return node.settings.connectionsMax
      },
      connectionsPerHostMax: (host) => node.settings.connectionsPerHostMax(host),
      idleMsMax: settings.connectionsIdleMsMax,
    }
    io.telemetry.metrics.register({
      name: 'kafka_server_socketservermetrics_connection_count',
      help: 'Open connections of clients',
      kind: 'gauge',
      collect: () => [
        { value: this.#listeners.reduce((sum, { connectionCount }) => sum + connectionCount, 0) },
      ],
    })
  }

  /**
   * Binds the listeners of an endpoint. Rejects with NetworkError, with none left open.
   *
   * @param waits until {@link serve} is called requests are not handled yet
   */
  async open<Services extends NodeServices>(
    { listeners, handlers, services }: Endpoint<Services>,
    { waits }: { waits: boolean },
  ): Promise<OpenEndpoint> {
    const dispatcher = new Dispatcher(services, handlers, this.#metrics)
    const dispatch = waits ? this.#onceServing(dispatcher) : dispatcher
    const opened = listeners.map((address) => this.#listener(address, dispatch))
    this.#listeners.push(...opened)
    const close = async (): Promise<void> => {
      await Promise.all(opened.map((listener) => listener.close()))
    }
    try {
      for (const listener of opened) await listener.open()
    } catch (error) {
      await close()
      throw error
    }
    return { ports: new Map(opened.map(({ name, port }) => [name, port])), close }
  }

  /** From now on requests are handled; what came before this waited. */
  serve(): void {
    this.#isServing = true
    this.#startServing()
  }

  #onceServing(dispatch: Dispatch): Dispatch {
    return {
      start: (frame, origin) => {
        if (this.#isServing) return dispatch.start(frame, origin)
        const response = this.#serving.then(() => dispatch.start(frame, origin).response)
        return { overlaps: false, response }
      },
    }
  }

  #listener({ name, host, port }: ListenerAddress, dispatch: Dispatch): Listener {
    const { io, buffers } = this.#node
    const shared = {
      listenerName: name,
      turns: this.#turns,
      isMemoryShort: () => this.budget.isExhausted,
    }
    return new Listener({
      name,
      host,
      port,
      io,
      limits: this.#limits,
      budget: this.budget,
      turns: this.#turns,
      buffers,
      start: (frame, client) => {
        const onceGone: Origin['onceGone'] = (handler) => client.onceClosed(handler)
        return dispatch.start(frame, { ...shared, clientHost: `/${client.remoteHost}`, onceGone })
      },
    })
  }
}
