/** One step under way: the state so far, the effects so far. Lives only within a call of `step`. */
import type { Moment, QuorumEffect, QuorumState, Reply, Role, RoleName } from './state.ts'

export type RoleOf<Name extends RoleName> = Extract<Role, { name: Name }>

export class Turn {
  state: QuorumState
  readonly effects: QuorumEffect[] = []
  readonly nowMs: number
  readonly random: number

  constructor(state: QuorumState, { nowMs, random }: Moment) {
    this.state = state
    this.nowMs = nowMs
    this.random = random
  }

  set(changes: Partial<QuorumState>): void {
    this.state = { ...this.state, ...changes }
  }

  do(effect: QuorumEffect): void {
    this.effects.push(effect)
  }

  answer(token: number, reply: Reply): void {
    this.do({ kind: 'answer', token, reply })
  }

  /** The role, when it is this one. */
  role<Name extends RoleName>(name: Name): RoleOf<Name> | null {
    const { role } = this.state
    return role.name === name ? (role as RoleOf<Name>) : null
  }

  /** Changes fields of the role, which must be this one. */
  setRole<Name extends RoleName>(name: Name, changes: Partial<Omit<RoleOf<Name>, 'name'>>): void {
    const role = this.role(name)
    if (role !== null) this.set({ role: { ...role, ...changes } })
  }

  /** Remembers the election before anything that follows. */
  persist(): void {
    const { epoch, leader, votedFor } = this.state
    this.do({
      kind: 'persistElection',
      election: { epoch, leaderId: leader?.id ?? null, votedFor },
    })
  }
}
