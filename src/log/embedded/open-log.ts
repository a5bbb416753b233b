import { randomUuid } from '../../base/index.ts'
import { nodeClock, nodeDisk, nodeEntropy } from '../../io/index.ts'
import type { Telemetry } from '../../io/index.ts'
import { LogError } from '../errors.ts'
import { LogManager } from '../log-manager.ts'
import type { Log } from './contracts.ts'
import { OpenedLog } from './log.ts'
import { configOf, DEFAULTS } from './options.ts'
import type { LogEvent, LogIo, OpenLogOptions } from './options.ts'
import { SnapshotStore } from './snapshot-store.ts'
import { Watchers } from './watchers.ts'

/** The one partition of the directory: its files lie in `<path>/log-0`, as Apache Kafka would lay them. */
const TOPIC = 'log'
const PARTITION = 0
/** A log that a program embeds belongs to no cluster: a broker's directory is refused by these names, and a broker refuses this one. */
const CLUSTER_ID = 'embedded'
const NODE_ID = 0

/** The file system, clock and randomness of this machine. */
export const machineIo: LogIo = { disk: nodeDisk, clock: nodeClock, entropy: nodeEntropy }

/**
 * Opens the log in the directory `path`, which is made if it is missing, and recovers it: what lies above the last flush is verified, and a torn
 * end is cut off. What was found and done is {@link Log.recovery}; what is left survives a power cut when the promise resolves. One process at a time, and one `Log` in it, may have a directory open.
 *
 * Rejects with LogError INVALID (options), LOCKED, WRONG_IDENTITY (a broker's directory), UNREADABLE, FAILED, NO_SPACE.
 */
export async function openLog(path: string, options: OpenLogOptions = {}): Promise<Log> {
  if (typeof path !== 'string' || path === '') {
    throw new LogError(
      'INVALID',
      `Cannot open a log: its path is ${typeof path === 'string' ? 'empty' : typeof path}, need text`,
    )
  }
  const io = options.io ?? machineIo
  const config = configOf(options)
  const telemetry = eventsOnly(options.onEvent)
  const watchers = new Watchers()
  const manager = await LogManager.open(
    { ...io, telemetry },
    {
      dirs: [path],
      clusterId: CLUSTER_ID,
      nodeId: NODE_ID,
      format: true,
      configOf: () => config,
      retentionCheckIntervalMs: options.retentionCheckMs ?? DEFAULTS.retentionCheckMs,
      openFilesMax: 64,
      onDirFailure: () => watchers.wake(),
    },
  )
  try {
    return await openIn({ manager, path, io, options, watchers })
  } catch (error) {
    await manager.close()
    throw error
  }
}

interface Opening {
  readonly manager: LogManager
  readonly path: string
  readonly io: LogIo
  readonly options: OpenLogOptions
  readonly watchers: Watchers
}

async function openIn({ manager, path, io, options, watchers }: Opening): Promise<Log> {
  const config = configOf(options)
  const topicId = randomUuid((size) => io.entropy.randomBytes(size))
  const found = manager.get(TOPIC, PARTITION)
  const partition = found ?? manager.create(TOPIC, PARTITION, topicId, config)
  const clean = partition.recovered
  const { verifiedBytes, cut, rebuilt } = await partition.load()
  // A killed process leaves records that only the page cache has. Whoever acts on what is found here must not lose it to a power cut later.
  await partition.flush()
  const snapshots = new SnapshotStore(io.disk, path)
  snapshots.open()
  return new OpenedLog({
    path,
    manager,
    partition,
    snapshots,
    recovery: { clean, verifiedBytes, cut, notes: rebuilt },
    clock: io.clock,
    options,
    watchers,
  })
}

/** What the engine says, for whoever listens. There are no metrics: {@link Log.stats} has the figures. */
function eventsOnly(listener: ((event: LogEvent) => void) | undefined): Telemetry {
  return {
    log: (level, event, message) => listener?.({ level, event, message }),
    metrics: { register: () => () => undefined, all: () => [] },
  }
}
