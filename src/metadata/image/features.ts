import { METADATA_VERSION, METADATA_VERSION_MIN } from '../features.ts'
import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

/** The finalized features of the cluster. */
export class FeaturesImage {
  static readonly empty = new FeaturesImage(PersistentMap.empty())

  /** Level by name, `metadata.version` among them once the cluster has one. Level 0 is not listed. */
  readonly levels: PersistentMap<string, number>

  constructor(levels: PersistentMap<string, number>) {
    this.levels = levels
  }

  /** The level of a feature; 0 where it is not finalized. */
  level(name: string): number {
    return this.levels.get(name) ?? 0
  }

  get metadataVersion(): number {
    return this.levels.get(METADATA_VERSION) ?? METADATA_VERSION_MIN
  }
}

export class FeaturesEditor {
  readonly #base: FeaturesImage
  readonly #levels

  constructor(base: FeaturesImage) {
    this.#base = base
    this.#levels = base.levels.edit()
  }

  setLevel({ name, featureLevel }: RecordValue<'featureLevel'>): void {
    if (featureLevel === 0) this.#levels.delete(name)
    else this.#levels.set(name, featureLevel)
  }

  finish(): FeaturesImage {
    const levels = this.#levels.finish()
    return levels === this.#base.levels ? this.#base : new FeaturesImage(levels)
  }
}
