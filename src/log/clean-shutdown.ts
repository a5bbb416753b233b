/** `.kafka_cleanshutdown`: the log dir was closed in order (org.apache.kafka.storage.internals.log.CleanShutdownFileHandler). Its existence is what counts. */
import type { Disk } from '../io/index.ts'
import { writeDurably } from './checkpoint-file.ts'
import { CLEAN_SHUTDOWN } from './names.ts'

export interface CleanShutdown {
  readonly clean: boolean
  /** Of the broker that stopped; null when it did not say. */
  readonly brokerEpoch: number | null
}

export function readCleanShutdown(disk: Disk, dirPath: string): CleanShutdown {
  const path = `${dirPath}/${CLEAN_SHUTDOWN}`
  if (!disk.exists(path)) return { clean: false, brokerEpoch: null }
  const match = /"brokerEpoch"\s*:\s*(-?\d+)/.exec(disk.readFile(path).toString('utf8'))
  const brokerEpoch = match === null ? -1 : Number(match[1])
  return { clean: true, brokerEpoch: brokerEpoch < 0 ? null : brokerEpoch }
}

export async function removeCleanShutdown(disk: Disk, dirPath: string): Promise<void> {
  disk.removeFile(`${dirPath}/${CLEAN_SHUTDOWN}`)
  await disk.syncDirectory(dirPath)
}

export async function writeCleanShutdown(
  disk: Disk,
  dirPath: string,
  brokerEpoch: number,
): Promise<void> {
  await writeDurably(disk, dirPath, CLEAN_SHUTDOWN, JSON.stringify({ version: 0, brokerEpoch }))
}
