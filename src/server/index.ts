import type * as AdminHttp from './admin-http.ts'

export { registerBrokerMetrics } from './broker-metrics.ts'
export { controllerHandlers } from './handlers/controller-index.ts'
export { handlers } from './handlers/index.ts'
export { KafkaServer } from './kafka-server.ts'
export { ProducerIds } from './producer-ids.ts'
export type { ProducerIdBlock } from './producer-ids.ts'
export type {
  Broker,
  ListenerAddress,
  NodeServices,
  QuorumAdmin,
  ServerSettings,
} from './services.ts'
export { OFFSETS_TOPIC } from './topic-lookup.ts'

/** Loads the HTTP application when it is needed: the web framework costs start-up time. */
export function loadAdminHttp(): Promise<typeof AdminHttp> {
  return import('./admin-http.ts')
}
