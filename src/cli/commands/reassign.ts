import type { Command } from 'commander'
import * as cancel from './reassign/cancel.ts'
import * as plan from './reassign/plan.ts'
import * as start from './reassign/start.ts'
import * as status from './reassign/status.ts'
import * as throttle from './reassign/throttle.ts'

export function register(program: Command): void {
  const reassign = program
    .command('reassign')
    .description(
      "Move replicas to other brokers: plan it, start it, watch it; files as of Kafka's own tool",
    )
  for (const module of [plan, start, status, throttle, cancel]) module.register(reassign)
}
