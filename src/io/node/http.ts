import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
 * {@link NetworkError} when the port cannot be bound. The library behind it is loaded with the first call.
 */
export async function serveHttp(
  options: { readonly host: string; readonly port: number },
  handler: (request: Request) => Response | Promise<Response>,
): Promise<HttpServer> {
  const { createAdaptorServer } = await import('@hono/node-server')
  // Without further options the adaptor makes a plain HTTP/1.1 server.
  const server = createAdaptorServer({
    fetch: handler,
    hostname: options.host,
    overrideGlobalObjects: false,
  }) as Server
  const address = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', (error) =>
      reject(networkError(`serve HTTP on ${options.host}:${options.port}`, error)),
    )
    server.listen(options.port, options.host, () => resolve(server.address() as AddressInfo))
  })
  return { host: address.address, port: address.port, close: () => close(server) }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
