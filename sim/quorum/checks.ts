/** What must hold at every moment, whatever happens to the replicas. */
import type { QuorumState } from '../../src/quorum/state.ts'
import type { Entry, Node } from './node.ts'

/** A rule was broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly rule: string

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`)
    this.rule = rule
  }
}

export class Checks {
  readonly committed: string[] = []
  /** Epoch in which a record was first known to be committed. */
  readonly #committedIn: number[] = []
  readonly #leaders = new Map<number, string>()
  readonly #votes = new Map<string, string>()
  readonly #written = new Map<string, string>()
  /** Epoch of the record in front, by epoch and offset: logs that agree on a record agree on all before it. */
  readonly #before = new Map<string, number>()

  /** Election safety: an epoch has one leader, and that one has everything that earlier ones committed. */
  leads(node: Node, { epoch, self }: QuorumState): void {
    const name = `${self.id}:${self.directoryId}#${node.life}`
    const other = this.#leaders.get(epoch)
    if (other === name) return
    if (other !== undefined)
      throw new Violation('one leader per epoch', `${epoch}: ${other}, ${name}`)
    this.#leaders.set(epoch, name)
    const from = node.disk.base.offsetEnd
    for (let offset = from; offset < this.committed.length; offset++) {
      const found = node.entryAt(offset)?.name
      // A leader of long ago may be elected late; it will commit nothing.
      if (found === this.committed[offset] || (this.#committedIn[offset] ?? 0) >= epoch) continue
      const text = `node ${node.id} leads epoch ${epoch} with ${found} at ${offset}, committed is ${this.committed[offset]}`
      throw new Violation('leader completeness', text)
    }
  }

  /** A vote, once given in an epoch, is never given to another. */
  votes(voter: string, epoch: number, candidate: string): void {
    const key = `${voter}@${epoch}`
    const earlier = this.#votes.get(key)
    if (earlier !== undefined && earlier !== candidate) {
      throw new Violation('one vote per epoch', `${key}: ${earlier}, then ${candidate}`)
    }
    this.#votes.set(key, candidate)
  }

  /** Log matching. */
  appends(node: Node, entry: Entry): void {
    const key = `${entry.epoch}/${entry.offset}`
    const other = this.#written.get(key)
    if (other !== undefined && other !== entry.name) {
      throw new Violation(
        'log matching',
        `${key} is ${other}, and ${entry.name} on node ${node.id}`,
      )
    }
    this.#written.set(key, entry.name)
    const { base } = node.disk
    const before =
      entry.offset === base.offsetEnd
        ? entry.offset === 0
          ? -1
          : base.epoch
        : (node.entryAt(entry.offset - 1)?.epoch ?? -2)
    const known = this.#before.get(key)
    if (known !== undefined && known !== before) {
      throw new Violation(
        'log matching',
        `before ${key} is epoch ${known}, on node ${node.id} ${before}`,
      )
    }
    this.#before.set(key, before)
  }

  /** What is committed is on the disks of a majority, and the same for everybody, for ever. */
  commits(node: Node, highWatermark: number, onDisk: (offset: number) => number): void {
    if (highWatermark < node.delivered) {
      throw new Violation(
        'high watermark',
        `node ${node.id}: ${node.delivered} to ${highWatermark}`,
      )
    }
    for (let offset = node.delivered; offset < highWatermark; offset++) {
      const found = node.entryAt(offset)?.name
      if (found === undefined)
        throw new Violation('committed', `node ${node.id} has nothing at ${offset}`)
      const known = this.committed[offset]
      if (known === undefined) {
        if (offset !== this.committed.length)
          throw new Violation('committed', `a hole before ${offset}`)
        const voters = node.state?.voters.length ?? 0
        const copies = onDisk(offset)
        if (copies * 2 <= voters) {
          throw new Violation('committed', `${offset} is on ${copies} of ${voters} disks`)
        }
        this.committed.push(found)
        this.#committedIn.push(node.state?.epoch ?? 0)
      } else if (known !== found) {
        throw new Violation('committed', `${offset} was ${known}, node ${node.id} has ${found}`)
      }
    }
    node.delivered = highWatermark
  }

  snapshot(node: Node, names: readonly string[]): void {
    for (const [offset, name] of names.entries()) {
      if (this.committed[offset] === name) continue
      const text = `node ${node.id}: ${name} at ${offset}, committed is ${this.committed[offset]}`
      throw new Violation('snapshot', text)
    }
  }
}
