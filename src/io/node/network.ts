import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Connection, ConnectOptions, Listener, ListenOptions, Network } from '../network.ts'
import { NetworkError } from '../network.ts'
import { NodeConnection } from './connection.ts'
import { networkError } from './errors.ts'
import { canShareBuffer, receiveAccepted, receiveByEvents, receiveOptions } from './receive.ts'
import type { ByteSink } from './receive.ts'

/** Idle time after which the kernel asks whether the peer is still there (then every second, ten times). */
const KEEP_ALIVE_AFTER_MS = 60_000

const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
} as const

/** TCP of the machine. `onAcceptError` hears of connections that could not be taken, for want of file descriptors above all. */
export function nodeNetwork(onAcceptError: (error: NetworkError) => void): Network {
  return { listen: (options, accept) => listen(options, accept, onAcceptError), connect: dial }
}

function listen(
  options: ListenOptions,
  accept: (connection: Connection) => void,
  onAcceptError: (error: NetworkError) => void,
): Promise<Listener> {
  const { host, port } = options
  const server = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true }, (accepted) => {
    const sink: ByteSink = { deliver: () => {} }
    accept(new NodeConnection(receiveAccepted(accepted, sink), sink))
  })
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(networkError(`listen on ${host}:${port}`, error))
    server.once('error', refuse)
    server.listen({ host, port }, () => {
      server.off('error', refuse)
      server.on('error', (error) => onAcceptError(networkError('accept a connection', error)))
      resolve(listenerOf(server))
    })
  })
}

function listenerOf(server: Server): Listener {
  const { address, port } = server.address() as AddressInfo
  return {
    host: address,
    port,
    close: () => {
      // The port is free at once; the server's own callback would wait for connections that live on.
      server.close()
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}

function dial(options: ConnectOptions): Promise<Connection> {
  const { host, port, timeoutMs } = options
  const sink: ByteSink = { deliver: () => {} }
  const socket = connect({ host, port, ...SOCKET_OPTIONS, ...receiveOptions(sink) })
  return new Promise((resolve, reject) => {
    const action = `connect to ${host}:${port}`
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new NetworkError('TIMED_OUT', `Cannot ${action}: no answer within ${timeoutMs} ms`))
    }, timeoutMs)
    const refuse = (error: Error): void => {
      clearTimeout(timer)
      reject(networkError(action, error))
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', refuse)
      if (!canShareBuffer) receiveByEvents(socket, sink)
      resolve(new NodeConnection(socket, sink))
    })
  })
}
