/**
 * Memory that is given back to a {@link BufferPool} is overwritten at once, so that whoever still reads it sees nonsense and a checker complains: in
 * production the bytes of another request would be there, now and then (CVE-2026-35554 was one of these).
 */
import { BufferPool } from '../src/base/index.ts'

const POISON = 0xdb
const POOLED_BYTES_MIN = 16 * 1024

type Take = (this: BufferPool, sizeBytes: number) => Buffer
type Give = (this: BufferPool, buffer: Buffer) => void

let isPoisoning = false

/** From now on, in this process. */
export function poisonReturnedMemory(): void {
  if (isPoisoning) return
  isPoisoning = true
  const lent = new WeakMap<BufferPool, WeakSet<ArrayBufferLike>>()
  const take: Take = Reflect.get(BufferPool.prototype, 'take')
  const give: Give = Reflect.get(BufferPool.prototype, 'give')
  function takePoisoned(this: BufferPool, sizeBytes: number): Buffer {
    const buffer = take.call(this, sizeBytes)
    // What is smaller comes from memory that others use too: see buffer-pool.ts.
    if (sizeBytes >= POOLED_BYTES_MIN) {
      const memories = lent.get(this) ?? new WeakSet()
      lent.set(this, memories.add(buffer.buffer))
    }
    return buffer
  }
  function givePoisoned(this: BufferPool, buffer: Buffer): void {
    const isLent = lent.get(this)?.delete(buffer.buffer) === true
    if (isLent) new Uint8Array(buffer.buffer).fill(POISON)
    give.call(this, buffer)
  }
  Object.assign(BufferPool.prototype, { take: takePoisoned, give: givePoisoned })
}
