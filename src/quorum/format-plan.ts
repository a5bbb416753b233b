/** What kafka-storage's flags ask for, checked against the node's configuration (KIP-853; StorageTool in Apache Kafka). Pure. */
import { isUuid } from '../base/index.ts'
import {
  defaultFeatureLevels,
  METADATA_VERSION,
  METADATA_VERSION_LATEST,
  metadataVersionLevel,
  supportedFeatures,
} from '../metadata/index.ts'
import type { FormatOptions } from './format-driver.ts'
import { KRAFT_VERSION_MAX, KRAFT_VERSION_MIN } from './voters.ts'
import type { Voter, VoterEndpoint, VoterSet } from './voters.ts'

/** The node that is formatted, as its configuration has it. */
export interface FormatNode {
  readonly nodeId: number
  readonly isController: boolean
  /** `controller.quorum.voters` is set. */
  readonly hasStaticVoters: boolean
  /** Its first controller listener, as others reach it; null: it has none. */
  readonly controllerEndpoint: VoterEndpoint | null
  /** First of `controller.listener.names`. */
  readonly listenerName: string
  readonly dirs: readonly string[]
  readonly metadataLogDir: string
}

export interface FormatFlags {
  readonly clusterId: string
  readonly standalone: boolean
  readonly noInitialControllers: boolean
  /** `id@host:port:directoryId,...` */
  readonly initialControllers: string | null
  readonly ignoreFormatted: boolean
  /** `4.3` or `4.3-IV0` */
  readonly releaseVersion: string | null
  /** `name=level` */
  readonly features: readonly string[]
}

/** kraft.version has no record among the features; the voter set in the log began with this metadata.version. */
const KRAFT_VERSION = 'kraft.version'
const KRAFT_VERSION_1_SINCE = 21

/** How to format, or, as text, what is wrong with what was asked. */
export function planFormat(node: FormatNode, flags: FormatFlags): FormatOptions | string {
  const { clusterId, ignoreFormatted } = flags
  if (!isUuid(clusterId)) {
    return `Cannot use cluster id ${clusterId}: wanted 16 bytes in base64, as 'highwater cluster id' prints them`
  }
  const problem = votersProblem(node, flags)
  if (problem !== null) return problem
  const voters = initialVoters(node, flags)
  if (typeof voters === 'string') return voters
  const isDynamic = flags.standalone || voters !== null
  const features = planFeatures(flags, isDynamic, node.hasStaticVoters)
  if (typeof features === 'string') return features
  const { nodeId, dirs, metadataLogDir, controllerEndpoint } = node
  const own = voters?.find(({ id }) => id === nodeId)
  return {
    clusterId,
    nodeId,
    dirs,
    metadataLogDir,
    standalone: flags.standalone ? controllerEndpoint : null,
    initialVoters: voters,
    ...(own === undefined ? {} : { directoryId: own.directoryId }),
    features,
    ignoreFormatted,
  }
}

function votersProblem(node: FormatNode, flags: FormatFlags): string | null {
  const { isController, hasStaticVoters, controllerEndpoint } = node
  const { standalone, noInitialControllers, initialControllers } = flags
  const chosen = [
    ...(standalone ? ['--standalone'] : []),
    ...(noInitialControllers ? ['--no-initial-controllers'] : []),
    ...(initialControllers === null ? [] : ['--initial-controllers']),
  ]
  const [first, second] = chosen
  if (second !== undefined) return `Cannot use ${first} together with ${second}`
  if (hasStaticVoters && (standalone || initialControllers !== null)) {
    return `Cannot use ${first}: controller.quorum.voters is set, and says who the first voters are`
  }
  if (standalone && (!isController || controllerEndpoint === null)) {
    return 'Cannot use --standalone: this node is no controller'
  }
  if (!isController || hasStaticVoters || first !== undefined) return null
  return 'Cannot format a controller without knowing the first voters: wanted --standalone for the first node of a new cluster, --initial-controllers for several at once, or --no-initial-controllers for one that joins later'
}

/** Null: none are given. */
function initialVoters(
  { nodeId, isController, listenerName }: FormatNode,
  { initialControllers }: FormatFlags,
): VoterSet | string | null {
  if (initialControllers === null) return null
  const voters: Voter[] = []
  for (const text of initialControllers.split(',')) {
    const match = /^(\d+)@(\[[^\]]+\]|[^:]+):(\d+):([\w-]{22})$/.exec(text.trim())
    const directoryId = match?.[4] ?? ''
    if (match === null || !isUuid(directoryId)) {
      return `Cannot read --initial-controllers: found '${text}', wanted id@host:port:directoryId`
    }
    const host = (match[2] ?? '').replace(/^\[|\]$/g, '')
    voters.push({
      id: Number(match[1]),
      directoryId,
      endpoints: [{ name: listenerName, host, port: Number(match[3]) }],
      kraftVersionMin: KRAFT_VERSION_MIN,
      kraftVersionMax: KRAFT_VERSION_MAX,
    })
  }
  if (new Set(voters.map(({ id }) => id)).size < voters.length) {
    return 'Cannot use --initial-controllers: a node is named twice'
  }
  if (isController && !voters.some(({ id }) => id === nodeId)) {
    return `Cannot use --initial-controllers: node ${nodeId} is a controller and not among them; wanted --no-initial-controllers for one that joins later`
  }
  return voters
}

function planFeatures(
  { releaseVersion, features }: FormatFlags,
  isDynamic: boolean,
  hasStaticVoters: boolean,
): Map<string, number> | string {
  const release =
    releaseVersion === null ? METADATA_VERSION_LATEST : metadataVersionLevel(releaseVersion)
  if (release === undefined) {
    return `Cannot use --release-version ${releaseVersion}: wanted a release such as 4.3`
  }
  const asked = new Map<string, number>()
  for (const text of features) {
    const match = /^([\w.]+)=(\d{1,5})$/.exec(text)
    const range = supportedFeatures.get(match?.[1] ?? '')
    if (match === null || range === undefined) {
      return `Cannot read --feature ${text}: wanted name=level, with one of ${[...supportedFeatures.keys()].join(', ')}`
    }
    const level = Number(match[2])
    if (level < range.min || level > range.max) {
      return `Cannot use --feature ${text}: this version supports ${range.min} to ${range.max}`
    }
    asked.set(match[1] ?? '', level)
  }
  if (asked.has(METADATA_VERSION) && releaseVersion !== null) {
    return 'Cannot use --feature metadata.version together with --release-version'
  }
  const metadataVersion = asked.get(METADATA_VERSION) ?? release
  const problem = kraftVersionProblem(asked, metadataVersion, isDynamic, hasStaticVoters)
  if (problem !== null) return problem
  const levels = new Map([...defaultFeatureLevels(metadataVersion), ...asked])
  levels.delete(KRAFT_VERSION)
  return levels
}

function kraftVersionProblem(
  asked: ReadonlyMap<string, number>,
  metadataVersion: number,
  isDynamic: boolean,
  hasStaticVoters: boolean,
): string | null {
  const level = asked.get(KRAFT_VERSION)
  if (level === 0 && isDynamic) {
    return 'Cannot use --feature kraft.version=0: with it the voters come from controller.quorum.voters'
  }
  if (level === 1 && hasStaticVoters) {
    return 'Cannot use --feature kraft.version=1: controller.quorum.voters is set'
  }
  if (!isDynamic || metadataVersion >= KRAFT_VERSION_1_SINCE) return null
  return `Cannot keep the voters in the log with metadata.version ${metadataVersion}: wanted ${KRAFT_VERSION_1_SINCE} (3.9) or later`
}
