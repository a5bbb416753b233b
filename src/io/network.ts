/** Byte streams between nodes and clients. */
export interface Network {
  /** Resolves when the port is bound. Port 0 picks a free one. Rejects with {@link NetworkError}. */
  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener>
  /** Resolves when connected. Rejects with {@link NetworkError} on refusal or after `timeoutMs`. */
  connect(options: ConnectOptions): Promise<Connection>
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
}

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops accepting; open connections live on. */
  close(): Promise<void>
}

/**
 * One connection. Set the handlers synchronously after getting it: data and close are delivered from the next macrotask on.
 * Exactly one `onClose` follows, after which nothing else does.
 */
export interface Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localPort: number
  /** The chunk belongs to the receiver only during the call: its memory is used again afterwards. Copy what must stay. */
  onData(handler: (chunk: Buffer) => void): void
  /** `error` is null when the peer ended the stream in order, and after one's own {@link end} or {@link destroy}. */
  onClose(handler: (error: NetworkError | null) => void): void
  /** Called when {@link bufferedBytes} falls to zero after {@link write} returned false. */
  onDrain(handler: () => void): void
  /**
   * Queues the buffers, in order; they must not change until `onSent` is called, which happens when the kernel has taken all of them, and never
   * when the connection closes before. False: the peer is slow, wait for drain if you can.
   */
  write(buffers: readonly Buffer[], onSent?: () => void): boolean
  /** Bytes queued and not yet handed to the kernel. */
  readonly bufferedBytes: number
  /** Stops and restarts the delivery of data: back-pressure towards the peer. */
  pause(): void
  resume(): void
  /** Sends what is queued, then closes in order; no more data is delivered. Given up when no byte moves for some seconds. */
  end(): void
  /** Drops what is queued and closes now. */
  destroy(): void
}

export type NetworkErrorCode =
  | 'REFUSED'
  | 'TIMED_OUT'
  | 'RESET'
  | 'ADDRESS_IN_USE'
  | 'UNREACHABLE'
  | 'OTHER'

export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
