import type { RecordValue } from '../records/record.ts'

/** How far producer ids were given away. */
export interface ProducerIdsImage {
  /** The first id that belongs to no block yet. */
  readonly next: number
}

export const noProducerIds: ProducerIdsImage = { next: 0 }

export function applyProducerIds(
  image: ProducerIdsImage,
  { nextProducerId }: RecordValue<'producerIds'>,
): ProducerIdsImage {
  return image.next === nextProducerId ? image : { next: nextProducerId }
}
