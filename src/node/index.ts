export { ConfigError, fromCommandLine, fromEnvironment, fromFile } from './server-properties.ts'
export type { PropertySource } from './server-properties.ts'
export { startNode } from './start-node.ts'
export type { RunningNode } from './running-node.ts'
