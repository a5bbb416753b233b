/** DescribeQuorum (55): leader, voters and observers of the metadata quorum (KIP-595, KIP-836). */
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const describeQuorum = defineHandler(DescribeQuorumRequest, DescribeQuorumResponse, {
  handle: (services: NodeServices, request) => services.quorum.describeQuorum(request),
})

/** The same on a broker, which passes it on to the leader. */
export const forwardDescribeQuorum = defineHandler(DescribeQuorumRequest, DescribeQuorumResponse, {
  handle: (broker, request, context) => broker.voters.describeQuorum(request, context),
})
