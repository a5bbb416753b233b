/**
 * How bytes leave a socket: into one buffer that is used again for every read of every connection, which halves the CPU per byte of
 * Node's 'data' events (a fresh 64 KiB slab for every read). `net.Socket` offers this (`onread`) for connections that it opens; an
 * accepted one has to be taken over from the socket object that the server made for it. All that relies on Node's inside is in this file; where it is
 * not there, plain 'data' events do the work.
 */
import { Socket } from 'node:net'
import type { SocketConstructorOpts } from 'node:net'

/** Takes what one read brought. The bytes are overwritten after the call. */
export interface ByteSink {
  deliver: (chunk: Buffer) => void
}

const RECEIVE_BUFFER_BYTES = 256 * 1024

/**
 * One buffer for all is safe because libuv fills it and calls back in one go. On Windows a read is posted ahead of time and would need a
 * buffer of its own.
 */
export const canShareBuffer = process.platform !== 'win32'
let sharedBuffer: Buffer | null = null

/** The options that make a socket deliver to `sink`; empty where the buffer cannot be shared. */
export function receiveOptions(sink: ByteSink): Pick<SocketConstructorOpts, 'onread'> {
  if (!canShareBuffer) return {}
  sharedBuffer ??= Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES)
  const buffer = sharedBuffer
  return {
    onread: {
      buffer,
      callback: (sizeBytes) => {
        sink.deliver(buffer.subarray(0, sizeBytes))
        return true
      },
    },
  }
}

/** For a socket made without {@link receiveOptions}. */
export function receiveByEvents(socket: Socket, sink: ByteSink): Socket {
  socket.on('data', (chunk: Buffer) => sink.deliver(chunk))
  return socket.resume()
}

/** The handle that does the work under a `net.Socket`. */
interface StreamHandle {
  readonly useUserBuffer?: unknown
}
interface SocketInside {
  _handle?: StreamHandle | null
}

/**
 * Makes an accepted socket deliver to `sink`. The server must have been created with `pauseOnConnect`. Returns the socket to use from
 * now on, which may be another one.
 */
export function receiveAccepted(accepted: Socket, sink: ByteSink): Socket {
  const inside = accepted as unknown as SocketInside
  const handle = inside._handle
  if (!canShareBuffer || typeof handle?.useUserBuffer !== 'function') {
    return receiveByEvents(accepted, sink)
  }
  inside._handle = null
  accepted.destroy()
  const options = { handle, allowHalfOpen: true, ...receiveOptions(sink) }
  return new Socket(options as unknown as SocketConstructorOpts)
}
