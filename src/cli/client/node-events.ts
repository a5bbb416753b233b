/** What happened on a node lately, from its HTTP port; Kafka's protocol has no place for it. */
import type { Address } from './address.ts'
import { formatAddress } from './address.ts'
import { UnreachableError } from './errors.ts'

export interface NodeEvent {
  /** Where the node was asked: host:port. */
  readonly node: string
  /** Counts from 1 with each start of the node. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly level: string
  /** `isr.shrink`, `log.truncated` … */
  readonly event: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Oldest first. Throws UnreachableError. */
export async function readEvents(address: Address, timeoutMs: number): Promise<NodeEvent[]> {
  const node = formatAddress(address)
  const url = `http://${node}/api/events`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    if (!answer.ok) throw new Error(`it answered with status ${answer.status}`)
    const { events } = (await answer.json()) as { readonly events: readonly NodeEvent[] }
    return events.map((event) => ({ ...event, node }))
  } catch (error) {
    // What `fetch` throws says only that it failed; why is its cause.
    const { cause, message } = error as Error
    const reason = cause instanceof Error ? cause.message : message
    throw new UnreachableError(`Cannot read ${url}: ${reason}`, { cause: error })
  }
}
