export { FrameReader } from './frame-reader.ts'
export type { FrameProblem } from './frame-reader.ts'
export { NodeConnection, RpcError } from './node-connection.ts'
export type { NodeConnectionOptions, RpcErrorCode, SendOptions } from './node-connection.ts'
