import type { KnownLeader } from '../quorum/index.ts'
import { ControllerChannel } from './controller-channel.ts'
import { Forwarder } from './forwarder.ts'
import type { NodeCore } from './node-core.ts'
import { RemoteController } from './remote-controller.ts'
import { RemoteQuorum } from './remote-quorum.ts'

/** How this node asks the cluster. */
export interface ClusterAccess {
  readonly controller: RemoteController
  readonly voters: RemoteQuorum
}

/** The controller, wherever it is. What clients ask, what the broker asks and its heartbeats do not wait for one another. */
export function openClusterAccess(core: NodeCore): ClusterAccess {
  const { io, identity, quorum, controller, metadata, membership, teardown } = core
  const channel = (): ControllerChannel => {
    const leader = (): KnownLeader => quorum.leader
    return new ControllerChannel({ ...io, nodeId: identity.nodeId, leader })
  }
  const channels = { forwarding: channel(), asking: channel(), lifecycle: channel() }
  const all = Object.values(channels)
  teardown.push(() => {
    for (const one of all) one.close()
  })
  membership.onLeaderChange = () => {
    for (const one of all) one.leaderChanged()
    membership.lifecycle?.beat()
  }
  const forwarder = new Forwarder(channels.forwarding, () => controller.isActive)
  return {
    controller: new RemoteController({
      ...channels,
      forwarder,
      local: controller,
      settings: () => metadata.settings,
    }),
    voters: new RemoteQuorum(quorum, forwarder),
  }
}
