export type {
  CommittedMetadata,
  ControllerDeps,
  ControllerOptions,
} from './active-controller-driver.ts'
export type { ClusterController } from './cluster-controller.ts'
export { Controller } from './controller-driver.ts'
export type { RequestInfo, RequestOf, ResponseOf } from './decision.ts'
export { ensureTopicRequest } from './internal-topics.ts'
export { METADATA_TOPIC, topicNameProblem } from './topic-names.ts'
