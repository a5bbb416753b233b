/**
 * Where a node's configuration comes from. Later sources win: file, environment, `--set`.
 * The environment follows Kafka's container images: `KAFKA_LOG_DIRS` is `log.dirs`, `__` stands for `_` and `___` for `-` (KIP-975);
 * `HIGHWATER_…` means the same and wins over `KAFKA_…`.
 */
import { getProperties } from 'properties-file'

export interface PropertySource {
  readonly origin: 'file' | 'environment' | 'command line'
  readonly properties: ReadonlyMap<string, string>
}

/** A configuration that cannot be used: names the key, what was found and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'INVALID_CONFIG'
}

/** Variables of Kafka's own start scripts and images that are no configuration keys. */
const NOT_KEYS = new Set([
  'KAFKA_OPTS',
  'KAFKA_HEAP_OPTS',
  'KAFKA_JMX_OPTS',
  'KAFKA_JVM_PERFORMANCE_OPTS',
  'KAFKA_LOG4J_OPTS',
  'KAFKA_GC_LOG_OPTS',
  'KAFKA_HOME',
  'KAFKA_VERSION',
  'KAFKA_JMX_PORT',
  'KAFKA_DEBUG',
  'KAFKA_CLUSTER_ID',
  'HIGHWATER_NODE',
  'HIGHWATER_HOME',
])

/** Reads the text of a `server.properties`, with the escapes and continuations of java.util.Properties. */
export function fromFile(text: string): PropertySource {
  return { origin: 'file', properties: new Map(Object.entries(getProperties(text))) }
}

function keyOfVariable(name: string): string {
  return name
    .replace(/^(KAFKA|HIGHWATER)_/, '')
    .toLowerCase()
    .replaceAll('___', '-')
    .replaceAll('__', '\0')
    .replaceAll('_', '.')
    .replaceAll('\0', '_')
}

export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): PropertySource {
  const properties = new Map<string, string>()
  for (const prefix of ['KAFKA_', 'HIGHWATER_']) {
    for (const [name, value] of Object.entries(environment)) {
      if (value !== undefined && name.startsWith(prefix) && !NOT_KEYS.has(name)) {
        properties.set(keyOfVariable(name), value)
      }
    }
  }
  return { origin: 'environment', properties }
}

/** @param settings texts of the form `key=value`. Throws {@link ConfigError} on any other. */
export function fromCommandLine(settings: readonly string[]): PropertySource {
  const properties = new Map<string, string>()
  for (const setting of settings) {
    const at = setting.indexOf('=')
    if (at <= 0)
      throw new ConfigError(`Cannot read --set ${setting}: it must have the form key=value`)
    properties.set(setting.slice(0, at).trim(), setting.slice(at + 1).trim())
  }
  return { origin: 'command line', properties }
}

/** One map out of several sources; a later source wins. */
export function mergeProperties(sources: readonly PropertySource[]): Map<string, string> {
  const merged = new Map<string, string>()
  for (const { properties } of sources) {
    for (const [key, value] of properties) merged.set(key, value)
  }
  return merged
}
