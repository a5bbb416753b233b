import type { Server } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { networkError } from './errors.ts'

export interface HttpServer {
  readonly host: string
  /** The port that was bound. */
  readonly port: number
  /** Stops accepting, lets requests under way finish for a moment, then closes what is left. */
  close(): Promise<void>
}

/** How long {@link HttpServer.close} waits for requests under way. */
const CLOSE_MS = 1_000

/**
 * Serves HTTP with a function from the Fetch standard's Request to Response. Port 0 picks a free one. Rejects with
 * {@link NetworkError} when the port cannot be bound.
 *
 * HTTP and the library behind it take ten megabytes, so they are loaded with the first connection: a node that nobody looks at stays small.
 *
 * @param load gives the handler, once
 */
export async function serveHttp(
  options: { readonly host: string; readonly port: number },
  load: () => Promise<HttpHandler>,
): Promise<HttpServer> {
  const open = new Set<Socket>()
  const busy = new Set<Socket>()
  let http: Promise<Server> | null = null
  const listener = createServer({ noDelay: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // Until the HTTP server has taken the socket over, a reset must not end the process.
    socket.on('error', () => socket.destroy())
    http ??= load().then((handler) => httpServer(handler, busy))
    http.then(
      (server) => server.emit('connection', socket),
      () => socket.destroy(),
    )
  })
  const address = await new Promise<AddressInfo>((resolve, reject) => {
    listener.once('error', (error) =>
      reject(networkError(`serve HTTP on ${options.host}:${options.port}`, error)),
    )
    listener.listen(options.port, options.host, () => resolve(listener.address() as AddressInfo))
  })
  return {
    host: address.address,
    port: address.port,
    close: () => close(listener, open, busy),
  }
}

export type HttpHandler = (request: Request) => Response | Promise<Response>

/** @param busy holds the sockets of requests under way */
async function httpServer(fetch: HttpHandler, busy: Set<Socket>): Promise<Server> {
  const { createAdaptorServer } = await import('@hono/node-server')
  // Without further options the adaptor makes a plain HTTP/1.1 server. It never listens: connections are handed to it.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  server.on('request', ({ socket }, response) => {
    busy.add(socket)
    response.once('close', () => busy.delete(socket))
  })
  return server
}

function close(
  listener: NetServer,
  open: ReadonlySet<Socket>,
  busy: ReadonlySet<Socket>,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => destroyAll(open), CLOSE_MS)
    listener.close(() => {
      clearTimeout(timer)
      resolve()
    })
    destroyAll([...open].filter((socket) => !busy.has(socket)))
  })
}

function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy()
}
