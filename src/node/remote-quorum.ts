import {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from '../protocol/index.ts'
import type { Quorum } from '../quorum/index.ts'
import type { QuorumAdmin } from '../server/index.ts'
import type { Forwarder } from './forwarder.ts'

/** What administrators ask of the metadata quorum, put to its leader, wherever it is. */
export class RemoteQuorum implements QuorumAdmin {
  readonly #quorum: Quorum
  readonly #forwarder: Forwarder

  constructor(quorum: Quorum, forwarder: Forwarder) {
    this.#quorum = quorum
    this.#forwarder = forwarder
  }

  describeQuorum: QuorumAdmin['describeQuorum'] = (body, info) =>
    this.#forwarder.forward({
      request: DescribeQuorumRequest,
      response: DescribeQuorumResponse,
      body,
      info,
      here: () => this.#quorum.describeQuorum(body),
    })

  addRaftVoter: QuorumAdmin['addRaftVoter'] = (body, info) =>
    this.#forwarder.forward({
      request: AddRaftVoterRequest,
      response: AddRaftVoterResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#quorum.addRaftVoter(body),
    })

  removeRaftVoter: QuorumAdmin['removeRaftVoter'] = (body, info) =>
    this.#forwarder.forward({
      request: RemoveRaftVoterRequest,
      response: RemoveRaftVoterResponse,
      body,
      info,
      here: () => this.#quorum.removeRaftVoter(body),
    })
}
