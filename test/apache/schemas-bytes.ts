/**
 * Lets Apache Kafka's own generated code read what we write, for every message in every version, and write it again: the bytes must
 * stay the same.
 *
 *     node test/apache/schemas-bytes.ts DIRECTORY_OF_JARS
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { arbitraryMessage } from '../unit/protocol-arbitrary.ts'
import { collectMessages } from './schemas.ts'

const SAMPLES_PER_VERSION = 20

export interface BytesComparison {
  /** Samples that Kafka's code read and wrote. */
  readonly compared: number
  /** Empty when all is well. */
  readonly differences: string[]
}

/**
 * @param jarDir holds Kafka's jars and what they need themselves (slf4j)
 */
export async function compareBytes(jarDir: string): Promise<BytesComparison> {
  const lines = await sampleLines()
  const program = join(import.meta.dirname, 'SchemasBytes.java')
  const { status, stdout, stderr } = spawnSync('java', ['-cp', join(jarDir, '*'), program], {
    input: lines.join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  const output = stdout.trimEnd().split('\n')
  const compared = Number(/^read (\d+)$/.exec(output.pop() ?? '')?.[1])
  if (status !== 0 || !(compared > 0)) {
    throw new Error(`Cannot let Kafka read our samples: java ended with ${status}: ${stderr}`)
  }
  return { compared, differences: output }
}

async function sampleLines(): Promise<string[]> {
  const lines: string[] = []
  for (const message of (await collectMessages()).values()) {
    const [first, last] = message.versions
    for (let version = first; version <= last; version++) {
      const values = fc.sample(arbitraryMessage(message, version), {
        numRuns: SAMPLES_PER_VERSION,
        seed: version + 1,
      })
      for (const value of values) {
        lines.push(`${message.name} ${version} ${message.toBuffer(version, value).toString('hex')}`)
      }
    }
  }
  return lines
}

if (process.argv[1] === import.meta.filename) {
  const jarDir = process.argv[2]
  if (jarDir === undefined) {
    throw new Error('Usage: node test/apache/schemas-bytes.ts DIRECTORY_OF_JARS')
  }
  const { compared, differences } = await compareBytes(jarDir)
  for (const difference of differences) console.log(difference)
  console.log(`${compared} samples read by Kafka, ${differences.length} differences`)
  process.exitCode = differences.length > 0 ? 1 : 0
}
