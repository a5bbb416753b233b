import { clockConformance } from '../src/io/clock.conformance.ts'
import { diskConformance } from '../src/io/disk.conformance.ts'
import { entropyConformance } from '../src/io/entropy.conformance.ts'
import type { Harness } from '../src/io/harness.conformance.ts'
import { networkConformance } from '../src/io/network.conformance.ts'
import { telemetryConformance } from '../src/io/telemetry.conformance.ts'
import { World } from './index.ts'

let seed = 1

/** Every test is in a world of its own seed: the same one each time the file runs. */
function make(): Harness {
  const world = new World({ seed: seed++ })
  const machine = world.machine('a', { driftPpm: world.prng('drift').int(-200, 200) })
  const one = machine.process('one')
  const two = machine.process('two')
  one.io.disk.makeDirectory('/data')
  return {
    io: one.io,
    other: two.io,
    root: '/data',
    run: (body) => world.settle(body()),
    close: () => {},
  }
}

clockConformance('The simulation', make)
diskConformance('The simulation', make)
entropyConformance('The simulation', make)
networkConformance('The simulation', make)
telemetryConformance('The simulation', make)
