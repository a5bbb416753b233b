/** A controller tells the active one where it listens and what it can work with, once in each life (KIP-919; ControllerRegistrationManager in Apache Kafka). */
import type { Uuid } from '../base/index.ts'
import type { ClusterController } from '../controller/index.ts'
import type { Clock, Timer } from '../io/index.ts'
import { securityProtocolIds } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import type { VoterEndpoint } from '../quorum/index.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import { featureRanges } from './registration.ts'

export interface ControllerRegistrationOptions {
  readonly clock: Clock
  readonly nodeId: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly VoterEndpoint[]
  readonly controller: Pick<ClusterController, 'registerController'>
  readonly metadata: MetadataFollower
}

const RETRY_MS = 500
/** Of `metadata.version`: from here on there is a record for it. */
const METADATA_VERSION_MIN = 15

export class ControllerRegistration {
  readonly #options: ControllerRegistrationOptions
  #timer: Timer | null = null
  #isClosed = false

  constructor(options: ControllerRegistrationOptions) {
    this.#options = options
  }

  /** Registers as soon as that can be done; nobody waits for it. */
  start(): void {
    this.#register().catch((error: unknown) => {
      // The metadata quorum of this process has failed: the node stops, and is told so elsewhere.
      if (!(error instanceof QuorumError)) throw error
    })
  }

  async #register(): Promise<void> {
    const { metadata, controller, nodeId, incarnationId, endpoints, clock } = this.#options
    await metadata.when(({ features }) => features.metadataVersion >= METADATA_VERSION_MIN)
    if (this.#isClosed) return
    const { errorCode } = await controller.registerController({
      controllerId: nodeId,
      incarnationId,
      zkMigrationReady: false,
      listeners: endpoints.map((endpoint) => ({
        ...endpoint,
        securityProtocol: securityProtocolIds.PLAINTEXT,
      })),
      features: featureRanges(metadata.image),
    })
    if (errorCode === errorCodes.NONE || this.#isClosed) return
    this.#timer = clock.after(RETRY_MS, () => this.start())
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}
