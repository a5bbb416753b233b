/**
 * The text format of Apache Kafka's checkpoint files (org.apache.kafka.server.common.CheckpointFile): a version, a count, one entry a line. Read strictly:
 * a file that is not exactly so is no checkpoint.
 */
import type { EpochEntry } from './leader-epochs.ts'

const VERSION = '0'

export function encodeCheckpoint(lines: readonly string[]): string {
  return `${VERSION}\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`
}

/** The words of each entry; null when the text is not a whole checkpoint with `words` words to a line. */
export function decodeCheckpoint(text: string, words: number): string[][] | null {
  const lines = text.split('\n')
  const count = Number(lines[1])
  if (lines[0]?.trim() !== VERSION || !/^\d+$/.test(lines[1]?.trim() ?? '')) return null
  const rows = lines.slice(2, 2 + count)
  if (rows.length !== count || lines.slice(2 + count).some((line) => line.trim() !== ''))
    return null
  const entries = rows.map((row) => row.trim().split(/\s+/))
  return entries.every((entry) => entry.length === words) ? entries : null
}

/** `leader-epoch-checkpoint`: an epoch and its first offset a line; both ascend. */
export function decodeEpochs(text: string): EpochEntry[] | null {
  const rows = decodeCheckpoint(text, 2)
  if (rows === null) return null
  const entries = rows.map(([epoch, startOffset]) => ({
    epoch: Number(epoch),
    startOffset: Number(startOffset),
  }))
  const ascends = entries.every((entry, index) => {
    const before = entries[index - 1]
    return before === undefined
      ? isCount(entry.epoch) && isCount(entry.startOffset)
      : entry.epoch > before.epoch && entry.startOffset > before.startOffset
  })
  return ascends && entries.every((entry) => isCount(entry.startOffset)) ? entries : null
}

export function encodeEpochs(entries: readonly EpochEntry[]): string {
  return encodeCheckpoint(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
}

/** An offset checkpoint: topic, partition and offset a line. Keys are names of partition directories. */
export function decodeOffsets(text: string): Map<string, number> | null {
  const rows = decodeCheckpoint(text, 3)
  if (rows === null) return null
  const offsets = new Map<string, number>()
  for (const [topic, partition, offset] of rows) {
    if (!isCount(Number(partition)) || !isCount(Number(offset))) return null
    offsets.set(`${topic}-${partition}`, Number(offset))
  }
  return offsets
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
