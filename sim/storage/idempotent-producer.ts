import type { Sender } from './batch.ts'
import type { BatchShadow, PartitionShadow } from './partition-shadow.ts'
import type { Target } from './producing.ts'

/** What a producer knows of one partition: one batch in flight, sent again until its fate is known. */
export interface ProducerLane {
  readonly target: Target
  nextSequence: number
  open: BatchShadow | null
  isBusy: boolean
}

/** A producer with `enable.idempotence`. */
export class IdempotentProducer {
  /** Null: it has to ask for an id. */
  sender: Sender | null = null
  isAsking = false
  #lanes = new Map<PartitionShadow, ProducerLane>()

  /** A lane with a batch that waits to be sent again. */
  openLane(): ProducerLane | null {
    for (const lane of this.#lanes.values()) {
      if (lane.target.topic.isGone) this.forget(lane)
      else if (lane.open !== null && !lane.isBusy) return lane
    }
    return null
  }

  lane(target: Target): ProducerLane {
    let lane = this.#lanes.get(target.partition)
    if (lane === undefined) {
      lane = { target, nextSequence: 0, open: null, isBusy: false }
      this.#lanes.set(target.partition, lane)
    }
    return lane
  }

  /** Batches whose fate is open. */
  get openCount(): number {
    return [...this.#lanes.values()].filter(({ open }) => open !== null).length
  }

  forget(lane: ProducerLane): void {
    this.#lanes.delete(lane.target.partition)
  }

  reset(): void {
    this.sender = null
    this.#lanes = new Map()
  }
}
