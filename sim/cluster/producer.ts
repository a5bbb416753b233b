import type { Sender } from '../storage/batch.ts'
import type { BatchShadow, PartitionShadow } from '../storage/partition-shadow.ts'

/** What a producer knows of one partition: one batch in flight, sent again until its fate is known. */
export interface ProducerLane {
  nextSequence: number
  open: BatchShadow | null
  isBusy: boolean
}

/** A producer with `enable.idempotence`. */
export class Producer {
  /** Null: it has to ask for an id. */
  sender: Sender | null = null
  isAsking = false
  #lanes = new Map<PartitionShadow, ProducerLane>()

  lane(partition: PartitionShadow): ProducerLane {
    let lane = this.#lanes.get(partition)
    if (lane === undefined) {
      lane = { nextSequence: 0, open: null, isBusy: false }
      this.#lanes.set(partition, lane)
    }
    return lane
  }

  /** Batches whose fate is open. */
  get openCount(): number {
    return [...this.#lanes.values()].filter(({ open }) => open !== null).length
  }

  /** It begins anew under another id. */
  reset(): void {
    this.sender = null
    this.#lanes = new Map()
  }
}
