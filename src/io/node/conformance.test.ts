import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clockConformance } from '../clock.conformance.ts'
import { diskConformance } from '../disk.conformance.ts'
import { entropyConformance } from '../entropy.conformance.ts'
import type { Harness } from '../harness.conformance.ts'
import { networkConformance } from '../network.conformance.ts'
import { telemetryConformance } from '../telemetry.conformance.ts'
import { nodeIo } from './index.ts'

function make(): Harness {
  const root = mkdtempSync(join(tmpdir(), 'highwater-io-'))
  const telemetry = { write: () => {} }
  return {
    io: nodeIo({ telemetry }),
    other: nodeIo({ telemetry }),
    root,
    run: (body) => body(),
    close: () => rmSync(root, { recursive: true, force: true }),
  }
}

clockConformance('Node', make)
diskConformance('Node', make)
entropyConformance('Node', make)
networkConformance('Node', make)
telemetryConformance('Node', make)
