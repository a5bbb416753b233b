/**
 * Random histories. After every event the harness checks the invariants (invariants.ts), that generations never fall, and that the state that was
 * lived is the one that a replay of the log gives (reference L25).
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../protocol/index.ts'
import { CoreHarness, NoAnswer } from './harness.conformance.ts'
import type { JoinAnswer } from './api.ts'

const CONFIG = { initialRebalanceDelayMs: 1_000, groupSizeMax: 4, offsetsRetentionMs: 60_000 }
const GROUPS = ['g', 'h']

/** Numbers that a step interprets: what to do, to whom, how. */
type Action = readonly [verb: number, group: number, member: number, detail: number]
const action = fc.tuple(
  fc.nat({ max: 19 }),
  fc.nat({ max: 1 }),
  fc.nat(),
  fc.nat(),
) satisfies fc.Arbitrary<Action>

class World {
  readonly core = new CoreHarness({ ...CONFIG, offsetsRetentionCheckIntervalMs: 15_000 })
  /** Every id that anybody was ever given. */
  readonly ids: string[] = ['', 'ghost']
  joins: number[] = []
  readonly groupOf = new Map<number, string>()

  run([verb, groupIndex, memberIndex, detail]: Action): void {
    const { core } = this
    const group = GROUPS[groupIndex] ?? 'g'
    const memberId = this.ids[memberIndex % this.ids.length] ?? ''
    const generationId =
      (core.state.live.get(group)?.generationId ?? 0) - (detail % 5 === 0 ? 1 : 0)
    switch (verb) {
      case 0:
      case 1:
      case 2:
        return this.#join(group, verb === 0 ? '' : memberId, detail)
      case 3:
        return this.#join(group, '', detail, `instance-${memberIndex % 2}`)
      case 4:
      case 5:
        if (core.state.live.has(group)) this.#sync(group, memberId, generationId)
        return
      case 6:
        this.#syncAll(group)
        return
      case 7:
        core.heartbeat(group, memberId, generationId)
        return
      case 8:
        return this.#attempt(() =>
          core.leave(group, detail % 3 === 0 ? { groupInstanceId: 'instance-0' } : { memberId }),
        )
      case 9:
      case 10: {
        const isOutside = detail % 3 === 0
        const caller = isOutside ? {} : { memberId, generationId }
        const retentionTimeMs = detail % 7 === 0 ? 5_000 : -1
        core.sendCommit(
          group,
          `t${detail % 2}`,
          { [detail % 3]: detail },
          { ...caller, retentionTimeMs },
        )
        return
      }
      case 11:
        return this.#attempt(() => core.deleteOffsets(group, `t${detail % 2}`, [0, 1, 2]))
      case 12:
        return this.#attempt(() => core.delete(group))
      case 13:
        core.holdsCommits = !core.holdsCommits
        core.commitAll(detail % 3 === 0 ? errorCodes.COORDINATOR_NOT_AVAILABLE : 0)
        return
      case 14:
        core.appendError = detail % 2 === 0 ? errorCodes.NOT_COORDINATOR : 0
        return
      case 15:
      case 16:
        this.#rejoinAll(group)
        return this.#syncAll(group)
      default:
        core.advance(detail % 4_000)
        return this.#syncAll(group)
    }
  }

  #join(group: string, memberId: string, detail: number, instanceId: string | null = null): void {
    const request = this.core.join(group, {
      memberId,
      instanceId,
      apiVersion: detail % 4 === 0 ? 3 : 9,
      rebalanceTimeoutMs: 4_000,
      sessionTimeoutMs: 6_000,
      protocols: detail % 3 === 0 ? { range: 'x', sticky: 'x' } : { range: `${detail % 2}` },
    })
    this.joins.push(request)
    this.groupOf.set(request, group)
    this.#learn()
  }

  #sync(group: string, memberId: string, generationId: number): void {
    this.core.sync(group, memberId, { generationId, assignments: { [memberId]: 'mine' } })
  }

  #rejoinAll(group: string): void {
    const members = [...(this.core.state.live.get(group)?.members.values() ?? [])]
    for (const { memberId, groupInstanceId } of members) {
      this.#join(group, memberId, 6, groupInstanceId)
    }
  }

  #syncAll(group: string): void {
    for (const memberId of this.core.state.live.get(group)?.members.keys() ?? []) {
      this.#sync(group, memberId, this.core.group(group).generationId)
    }
  }

  /** Commits may be held and appends may fail: then there is no answer to look at. */
  #attempt(ask: () => unknown): void {
    try {
      ask()
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
  }

  #learn(): void {
    this.joins = this.joins.filter((request) => {
      const answer = this.core.answer(request) as JoinAnswer | null
      if (answer === null) return true
      if (answer.memberId !== undefined && !this.ids.includes(answer.memberId)) {
        this.ids.push(answer.memberId)
      }
      return false
    })
  }

  /** The leader of each generation is told so alone. */
  checkLeaders(): void {
    const leaders = new Map<string, string>()
    for (const [request, answer] of this.core.answers) {
      const { errorCode, generationId, leader, memberId, members } = answer as JoinAnswer
      if (errorCode !== 0 || generationId === undefined || members === undefined) continue
      if (members.length === 0) continue
      // A static leader that returns has a new id, and the place of the old one.
      const own = members.find((member) => member.memberId === memberId)
      const key = `${this.groupOf.get(request)}/${generationId}/${members.map((member) => member.groupInstanceId ?? member.memberId).join()}`
      const name = own?.groupInstanceId ?? memberId
      expect(leader).toBe(memberId)
      expect(leaders.get(key) ?? name).toBe(name)
      leaders.set(key, name)
    }
  }
}

describe('random histories', () => {
  it('keep every group consistent, and equal to its log', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 5, maxLength: 90, size: 'max' }), (actions) => {
        const world = new World()
        for (const next of actions) world.run(next)
        world.checkLeaders()
        const { core } = world
        // A coordinator that takes over knows the same groups and offsets.
        core.reloaded().check()
      }),
      { numRuns: 400 },
    )
  })

  it('always come to an end: with time, nobody waits for an answer', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 5, maxLength: 60, size: 'max' }), (actions) => {
        const world = new World()
        for (const next of actions) world.run(next)
        const { core } = world
        core.appendError = 0
        core.holdsCommits = false
        core.commitAll()
        core.advance(400_000)
        for (const request of world.joins) expect(core.answer(request)).not.toBeNull()
        for (const { members } of core.state.live.values()) expect(members.size).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
