export type { Clock, Timer } from './clock.ts'
export { DiskError } from './disk.ts'
export type { DirectoryEntry, Disk, DiskErrorCode, DiskFile, FileStat, OpenMode } from './disk.ts'
export type { Entropy } from './entropy.ts'
export type { Io } from './io.ts'
export { LogLimiter } from './log-limiter.ts'
export { MetricRegistry } from './metric-registry.ts'
export { NetworkError } from './network.ts'
export type {
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
  NetworkErrorCode,
} from './network.ts'
export type { LogFields, LogLevel, Metric, Metrics, Sample, Telemetry } from './telemetry.ts'
export {
  nodeClock,
  nodeDisk,
  nodeEntropy,
  nodeIo,
  returnMemoryWhenIdle,
  serveHttp,
} from './node/index.ts'
export type { HttpServer, NodeIoOptions, NodeTelemetryOptions } from './node/index.ts'
