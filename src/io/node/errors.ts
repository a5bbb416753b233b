/** From what the kernel says to what the seams promise. */
import { DiskError } from '../disk.ts'
import type { DiskErrorCode } from '../disk.ts'
import { NetworkError } from '../network.ts'
import type { NetworkErrorCode } from '../network.ts'

const DISK_CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EEXIST: 'EXISTS',
  ENOTEMPTY: 'EXISTS',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EIO: 'IO',
  EROFS: 'IO',
  ENXIO: 'IO',
  ENODEV: 'IO',
  EUCLEAN: 'IO',
  EMFILE: 'TOO_MANY_FILES',
  ENFILE: 'TOO_MANY_FILES',
  EACCES: 'DENIED',
  EPERM: 'DENIED',
}

/** Linux numbers of errors that libuv has no name for. */
const DISK_NUMBERS: Readonly<Record<number, DiskErrorCode>> = {
  [-117]: 'IO', // EUCLEAN: the file system found itself damaged.
  [-121]: 'IO', // EREMOTEIO
  [-122]: 'NO_SPACE', // EDQUOT
}

/** Wraps what a `node:fs` call threw. `action` completes "Cannot …", as in "write to". */
export function diskError(action: string, path: string, cause: unknown): DiskError {
  if (cause instanceof DiskError) return cause
  const { code, errno } = (cause ?? {}) as NodeJS.ErrnoException
  const known = DISK_CODES[code ?? ''] ?? DISK_NUMBERS[errno ?? 0] ?? 'OTHER'
  return new DiskError(known, action, path, cause)
}

const NETWORK_CODES: Readonly<Record<string, NetworkErrorCode>> = {
  ECONNREFUSED: 'REFUSED',
  ETIMEDOUT: 'TIMED_OUT',
  ECONNRESET: 'RESET',
  ECONNABORTED: 'RESET',
  EPIPE: 'RESET',
  EADDRINUSE: 'ADDRESS_IN_USE',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  EHOSTDOWN: 'UNREACHABLE',
  ENETDOWN: 'UNREACHABLE',
  ENOTFOUND: 'UNREACHABLE',
  EAI_AGAIN: 'UNREACHABLE',
}

/** Wraps what a `node:net` call reported. `action` completes "Cannot …", as in "connect to host:port". */
export function networkError(action: string, cause: unknown): NetworkError {
  const { code, message } = (cause ?? {}) as NodeJS.ErrnoException
  // Several addresses were tried: the aggregate itself has no message.
  const reason = cause instanceof AggregateError ? aggregateReason(cause) : message
  return new NetworkError(
    NETWORK_CODES[code ?? ''] ?? 'OTHER',
    `Cannot ${action}: ${reason ?? code ?? 'unknown error'}`,
    cause,
  )
}

function aggregateReason(error: AggregateError): string {
  return error.errors.map((each: unknown) => (each as Error).message).join('; ')
}
