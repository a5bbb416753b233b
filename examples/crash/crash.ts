/**
 * The examples under crashes. Each is driven by numbered operations whose outcome is known, so that after a crash its state must be that of the first k
 * of them, for some k that leaves out nothing acknowledged.
 *
 *     node --conditions=highwater-source examples/crash/crash.ts load kv <directory> [acknowledged]   # until it is killed
 *     node --conditions=highwater-source examples/crash/crash.ts power kv [seeds] [from]              # in the simulator
 */
import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { World } from '../../sim/index.ts'
import type { Machine } from '../../sim/index.ts'
import { subjects } from './subjects.ts'
import type { Inbox, Message, OpenSubject, Subject } from './subjects.ts'

const IN_FLIGHT = 8
const ROUNDS = 4
/** Short lives end in the middle of a recovery. */
const LIFE_MS_MAX = [8, 60, 1500] as const
const SETTLE_MS_MAX = 60_000
const PAUSE_MS = 4

/**
 * Opens, checks and says what it found; waits until what follows from that has happened; goes on with the next operations until somebody ends the
 * process.
 */
async function load(open: OpenSubject, path: string, acknowledged: number): Promise<void> {
  const subject = await open(path, { inbox: fileInbox(`${path}.inbox`) })
  const found = subject.check()
  if (found < acknowledged) {
    throw new Error(`lost: ${found} operations, ${acknowledged} were acknowledged`)
  }
  while (!subject.isSettled()) await sleep(2)
  subject.check()
  say(`found ${found}`)
  await drive(
    subject,
    found,
    (count) => say(`done ${count}`),
    () => sleep(1),
  )
}

/** Runs operations from number `from` on, some at a time, for ever. `tell` hears up to where all are acknowledged. */
async function drive(
  subject: Subject,
  from: number,
  tell: (count: number) => void,
  pause: () => Promise<unknown>,
): Promise<void> {
  let next = from
  let told = from
  const done = new Set<number>()
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (;;) {
        const number = next++
        await subject.run(number)
        done.add(number)
        const before = told
        while (done.delete(told)) told += 1
        if (told > before) tell(told)
        await pause()
      }
    }),
  )
}

async function power(open: OpenSubject, seeds: number, from: number): Promise<void> {
  let cuts = 0
  let operations = 0
  for (let seed = from; seed < from + seeds; seed++) {
    const world = new World({ seed })
    const machine = world.machine('a', { disk: { syncMs: [0.1, 3] } })
    machine.process('setup').io.disk.makeDirectory('/d')
    const prng = world.prng('power')
    const inbox = memoryInbox()
    let promise: Promised = { atLeast: 0, durable: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const life = new Life(machine, `${seed}.${round}`, open, inbox, promise)
      await life.run(prng.int(1, prng.pick(LIFE_MS_MAX)), round === ROUNDS - 1)
      const isPowerCut = prng.chance(0.7)
      const { acknowledged, durable } = life
      promise = { atLeast: isPowerCut ? durable : acknowledged, durable }
      operations += acknowledged - life.found
      if (isPowerCut) {
        cuts += 1
        machine.powerCut()
        machine.powerOn()
      } else {
        life.kill()
      }
    }
  }
  say(`${seeds} seeds, ${cuts} power cuts, ${operations} operations: nothing promised was lost`)
}

/** How many operations must be found: after a kill, and after a power cut that comes before anything else happens. */
interface Promised {
  readonly atLeast: number
  readonly durable: number
}

/** One process of the simulated machine, from its start to the moment before its end. */
class Life {
  /** Operations that were acknowledged, in this life or before it. */
  acknowledged: number
  /** Operations that it found at its start. */
  found = 0
  readonly #machine: Machine
  readonly #process: ReturnType<Machine['process']>
  readonly #name: string
  readonly #open: OpenSubject
  readonly #inbox: Inbox
  readonly #promised: Promised
  #subject: Subject | null = null
  #failure: unknown = null

  constructor(machine: Machine, name: string, open: OpenSubject, inbox: Inbox, promised: Promised) {
    this.#machine = machine
    this.#process = machine.process(name)
    this.#name = name
    this.#open = open
    this.#inbox = inbox
    this.#promised = promised
    this.acknowledged = promised.atLeast
    this.found = promised.atLeast
  }

  /** Of what was acknowledged, how much the subject promises to find after a power cut. */
  get durable(): number {
    return this.#subject?.durable(this.acknowledged) ?? this.#promised.durable
  }

  /** `settle`: begins by waiting until what follows from the state has happened. */
  async run(forMs: number, settle: boolean): Promise<void> {
    const { world } = this.#machine
    this.#live().catch((error: unknown) => {
      if (!this.#process.isDead) this.#failure = error ?? new Error('failed')
    })
    // The world looks only at events that are there already.
    await new Promise((resolve) => setImmediate(resolve))
    if (settle) {
      const until = (): boolean => this.#failure !== null || this.#subject?.isSettled() === true
      await world.run({ forMs: SETTLE_MS_MAX, until })
      if (!until()) throw new Error(`${this.#name}: not settled after ${SETTLE_MS_MAX} ms`)
    }
    await world.run({ forMs, until: () => this.#failure !== null })
    if (this.#failure !== null) throw this.#failure
  }

  kill(): void {
    this.#process.kill()
  }

  async #live(): Promise<void> {
    const { io } = this.#process
    const subject = await this.#open('/d/it', { io, inbox: this.#inbox })
    const found = subject.check()
    const { atLeast } = this.#promised
    if (found < atLeast) {
      throw new Error(`${this.#name}: lost: ${found} operations, ${atLeast} were promised`)
    }
    this.found = found
    this.acknowledged = found
    this.#subject = subject
    const pause = (): Promise<void> =>
      new Promise((resolve) => void io.clock.after(PAUSE_MS, resolve))
    await drive(
      subject,
      found,
      (count) => {
        this.acknowledged = count
      },
      pause,
    )
  }
}

function memoryInbox(): Inbox {
  const messages: Message[] = []
  return { messages, take: (message) => void messages.push(message) }
}

/** A line for each message: what was appended survives `kill -9`. */
function fileInbox(path: string): Inbox {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text.split('\n').slice(0, -1)
  const messages = lines.map((line) => JSON.parse(line) as Message)
  const take = (message: Message): void => {
    appendFileSync(path, `${JSON.stringify(message)}\n`)
    messages.push(message)
  }
  return { messages, take }
}

/** At once and for good: what was said counts even if the process is killed in the next moment. */
function say(text: string): void {
  writeSync(1, `${text}\n`)
}

const [mode = '', name = '', ...args] = process.argv.slice(2)
const open = subjects[name]
if (open === undefined)
  throw new Error(`'${name}' is not one of ${Object.keys(subjects).join(', ')}`)
if (mode === 'load') await load(open, args[0] ?? '', Number(args[1] ?? 0))
else if (mode === 'power') await power(open, Number(args[0] ?? 20), Number(args[1] ?? 1))
else throw new Error(`'${mode}' is neither load nor power`)
