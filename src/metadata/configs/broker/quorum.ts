import { bool, int, list } from '../definition.ts'

/** The quorum of controllers that keeps the metadata log. */
export const quorumConfigs = {
  'controller.quorum.voters': list([], {
    importance: 'HIGH',
    doc: 'The controllers of a quorum that never changes, as id@host:port. Left out where the voters are kept in the metadata log itself.',
  }),
  'controller.quorum.bootstrap.servers': list([], {
    importance: 'HIGH',
    doc: 'Addresses, as host:port, at which a starting node looks for the quorum.',
  }),
  'controller.listener.names': list(null, {
    importance: 'HIGH',
    doc: 'Names of the listeners that controllers use. Brokers talk to the first one and must not have it among their own.',
  }),
  'controller.quorum.election.timeout.ms': int(1000, {
    min: 0,
    importance: 'HIGH',
    doc: 'Time without a leader after which a voter begins an election.',
  }),
  'controller.quorum.fetch.timeout.ms': int(2000, {
    min: 0,
    importance: 'HIGH',
    doc: 'Time without a successful fetch after which a voter gives its leader up, and a leader its followers.',
  }),
  'controller.quorum.election.backoff.max.ms': int(1000, {
    min: 0,
    importance: 'HIGH',
    doc: 'Longest wait before a failed election is tried again.',
  }),
  'controller.quorum.append.linger.ms': int(25, {
    min: 0,
    doc: 'How long the leader gathers records before it forces them to disk together.',
  }),
  'controller.quorum.request.timeout.ms': int(2000, {
    min: 0,
    doc: 'How long a node of the quorum waits for an answer.',
  }),
  'controller.quorum.retry.backoff.ms': int(20, {
    min: 0,
    importance: 'LOW',
    doc: 'Wait before a failed request within the quorum is sent again.',
  }),
  'controller.quorum.fetch.max.bytes': int(1_048_576, {
    min: 1,
    importance: 'LOW',
    doc: 'Bytes of the metadata log in one answer to a follower.',
  }),
  'controller.quorum.fetch.snapshot.max.bytes': int(1_048_576, {
    min: 1,
    importance: 'LOW',
    doc: 'Bytes of a metadata snapshot in one answer to a follower.',
  }),
  'controller.quorum.auto.join.enable': bool(false, {
    importance: 'LOW',
    doc: 'Lets a controller that is not a voter add itself to the quorum.',
  }),
  'controller.socket.timeout.ms': int(30_000, {
    doc: 'How long a broker waits on a connection to a controller.',
  }),
}
