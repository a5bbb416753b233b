/**
 * What the clients need, fetched through the package managers' ordinary clients: kcat from Debian's packages,
 * confluent-kafka for Python as a wheel with librdkafka inside, franz-go through Go modules. Each function returns
 * how to start the client, or why it cannot be had here (a missing toolchain), which the suite shows as a skip.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { hasProgram, projectRoot, runOk } from '../harness/processes.ts'
import type { Suite } from '../harness/suite.ts'

export type Installed =
  | { readonly command: readonly string[]; readonly missing?: undefined }
  | { readonly missing: string }

/**
 * Installs a client for `suite`: its command; undefined when that failed (reported as a failure) or when its toolchain
 * is missing here (reported as a skip).
 */
export async function installOrReport(
  suite: Suite,
  client: string,
  install: () => Promise<Installed>,
): Promise<readonly string[] | undefined> {
  const found: Installed[] = []
  await suite.attempt(`${client}: install`, async () => void found.push(await install()))
  const [installed] = found
  if (installed?.missing === undefined) return installed?.command
  suite.skip(client, installed.missing)
  return undefined
}

const cache = join(projectRoot, '.cache')
const INSTALL_TIMEOUT_MS = 600_000

/** kcat with librdkafka. */
export async function installKcat(): Promise<Installed> {
  if (await hasProgram('kcat')) return { command: ['kcat'] }
  if (!(await hasProgram('apt-get'))) return { missing: 'no kcat and no apt-get here' }
  if (process.getuid?.() !== 0) return { missing: 'no kcat here, and only root may install it' }
  const options = { timeoutMs: INSTALL_TIMEOUT_MS, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await runOk('apt-get', ['update', '-q'], options)
  await runOk('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'kcat'], options)
  return { command: ['kcat'] }
}

/** confluent-kafka for Python in a virtual environment of its own. */
export async function installConfluentKafka(): Promise<Installed> {
  if (!(await hasProgram('python3'))) return { missing: 'no python3 here' }
  const requirements = join(import.meta.dirname, 'confluent-kafka', 'requirements.txt')
  const pinned = readFileSync(requirements, 'utf8')
    .trim()
    .replaceAll(/[^\w.-]+/g, '-')
  const folder = join(cache, pinned)
  const python = join(folder, 'bin', 'python')
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    await runOk('python3', ['-m', 'venv', folder], { timeoutMs: INSTALL_TIMEOUT_MS })
    const install = ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', '-r', requirements]
    await runOk(python, install, { timeoutMs: INSTALL_TIMEOUT_MS })
    mkdirSync(join(folder, 'complete'))
  }
  return { command: [python] }
}

/** The Go program with franz-go's checks. */
export async function installFranzGo(): Promise<Installed> {
  if (!(await hasProgram('go'))) return { missing: 'no go here' }
  const program = join(cache, 'franz-go-checks')
  await runOk('go', ['build', '-mod=readonly', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'franz-go'),
    env: { CGO_ENABLED: '0' },
    timeoutMs: INSTALL_TIMEOUT_MS,
  })
  return { command: [program] }
}
