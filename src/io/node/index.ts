/** The five seams on Node.js: the only code that touches the real world. */
import type { Io } from '../io.ts'
import { LogLimiter } from '../log-limiter.ts'
import { nodeClock } from './clock.ts'
import { nodeDisk } from './disk.ts'
import { nodeEntropy } from './entropy.ts'
import { nodeNetwork } from './network.ts'
import { nodeTelemetry } from './telemetry.ts'
import type { NodeTelemetryOptions } from './telemetry.ts'

export { nodeClock } from './clock.ts'
export { nodeDisk } from './disk.ts'
export { nodeEntropy } from './entropy.ts'
export { serveHttp } from './http.ts'
export type { HttpServer } from './http.ts'
export { returnMemoryWhenIdle } from './idle-memory.ts'
export type { NodeTelemetryOptions } from './telemetry.ts'

export interface NodeIoOptions {
  readonly telemetry?: NodeTelemetryOptions
}

/** The real seams. Cheap: what costs time to load is loaded when it is first used. */
export function nodeIo(options: NodeIoOptions = {}): Io {
  const telemetry = nodeTelemetry(options.telemetry)
  const limiter = new LogLimiter(telemetry, nodeClock)
  const network = nodeNetwork((error) =>
    limiter.log('error', 'network.accept.failed', error.message, { code: error.code }),
  )
  return { clock: nodeClock, disk: nodeDisk, network, entropy: nodeEntropy, telemetry }
}
