/**
 * The error codes of the protocol (org.apache.kafka.common.protocol.Errors): number, name, whether a client may simply try
 * again, and what it means in our words.
 */

/** `retry`: the condition passes; the same request may succeed later. `final`: it will not. */
type Outlook = 'retry' | 'final'

const table = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'final', 'The server failed in a way it did not expect.'],
  [0, 'NONE', 'final', 'No error.'],
  [1, 'OFFSET_OUT_OF_RANGE', 'final', 'The offset lies outside the log.'],
  [
    2,
    'CORRUPT_MESSAGE',
    'retry',
    'The batch is damaged, or has a record without a key for a compacted topic.',
  ],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'retry', 'This broker knows no such topic or partition.'],
  [4, 'INVALID_FETCH_SIZE', 'final', 'The fetch size is not allowed.'],
  [5, 'LEADER_NOT_AVAILABLE', 'retry', 'The partition has no leader at the moment.'],
  [
    6,
    'NOT_LEADER_OR_FOLLOWER',
    'retry',
    'This broker does not lead the partition, or holds no replica of it.',
  ],
  [7, 'REQUEST_TIMED_OUT', 'retry', 'The request was not done within its time.'],
  [8, 'BROKER_NOT_AVAILABLE', 'final', 'The broker is not there.'],
  [9, 'REPLICA_NOT_AVAILABLE', 'retry', 'The replica is not there.'],
  [10, 'MESSAGE_TOO_LARGE', 'final', 'The batch is larger than the topic allows.'],
  [11, 'STALE_CONTROLLER_EPOCH', 'final', 'A newer controller has taken over.'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'final', 'The metadata of the committed offset is too long.'],
  [13, 'NETWORK_EXCEPTION', 'retry', 'The connection broke before the answer came.'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'retry', 'The coordinator is still reading its log.'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'retry', 'There is no coordinator at the moment.'],
  [16, 'NOT_COORDINATOR', 'retry', 'Another broker coordinates this group or transaction.'],
  [
    17,
    'INVALID_TOPIC_EXCEPTION',
    'final',
    'The topic name is not legal, or the topic is not open to this operation.',
  ],
  [18, 'RECORD_LIST_TOO_LARGE', 'final', 'The batch is larger than a segment.'],
  [
    19,
    'NOT_ENOUGH_REPLICAS',
    'retry',
    'Nothing was written: fewer replicas are in sync than required.',
  ],
  [
    20,
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'retry',
    'The batch was written, but to fewer in-sync replicas than required.',
  ],
  [21, 'INVALID_REQUIRED_ACKS', 'final', 'Acks must be -1 (all), 0 or 1.'],
  [22, 'ILLEGAL_GENERATION', 'final', 'The group is in another generation.'],
  [
    23,
    'INCONSISTENT_GROUP_PROTOCOL',
    'final',
    'The member shares no protocol with the group, or names none.',
  ],
  [24, 'INVALID_GROUP_ID', 'final', 'The group id is not legal.'],
  [25, 'UNKNOWN_MEMBER_ID', 'final', 'The group has no such member.'],
  [
    26,
    'INVALID_SESSION_TIMEOUT',
    'final',
    'The session timeout lies outside what this broker allows.',
  ],
  [27, 'REBALANCE_IN_PROGRESS', 'final', 'The group is rebalancing: join again.'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'final', 'The commit is too large to be written.'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'final', 'Not allowed on this topic.'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'final', 'Not allowed on this group.'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'final', 'Not allowed on this cluster.'],
  [
    32,
    'INVALID_TIMESTAMP',
    'final',
    'A timestamp of the batch is too far from the present, or not allowed here.',
  ],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'final', 'The broker does not offer this SASL mechanism.'],
  [
    34,
    'ILLEGAL_SASL_STATE',
    'final',
    'The request does not belong at this point of the authentication.',
  ],
  [35, 'UNSUPPORTED_VERSION', 'final', 'This version of the API is not served.'],
  [36, 'TOPIC_ALREADY_EXISTS', 'final', 'There is a topic of this name.'],
  [37, 'INVALID_PARTITIONS', 'final', 'The number of partitions is not allowed.'],
  [
    38,
    'INVALID_REPLICATION_FACTOR',
    'final',
    'The replication factor is below 1, or above the number of usable brokers.',
  ],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'final', 'The replica assignment is not valid.'],
  [40, 'INVALID_CONFIG', 'final', 'The configuration is not valid.'],
  [41, 'NOT_CONTROLLER', 'retry', 'Another node is the active controller.'],
  [42, 'INVALID_REQUEST', 'final', 'The request contradicts itself or the protocol.'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'final', 'The record format of the log cannot do this.'],
  [44, 'POLICY_VIOLATION', 'final', 'A policy of the cluster forbids this.'],
  [
    45,
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'final',
    'A batch of this producer is missing before this one.',
  ],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'final', 'The batch was written before.'],
  [47, 'INVALID_PRODUCER_EPOCH', 'final', 'A newer epoch of this producer has written.'],
  [48, 'INVALID_TXN_STATE', 'final', 'The transaction is not in a state that allows this.'],
  [
    49,
    'INVALID_PRODUCER_ID_MAPPING',
    'final',
    'The producer id does not belong to this transactional id.',
  ],
  [
    50,
    'INVALID_TRANSACTION_TIMEOUT',
    'final',
    'The transaction timeout is longer than this broker allows.',
  ],
  [
    51,
    'CONCURRENT_TRANSACTIONS',
    'retry',
    'The transaction is still being changed by an earlier operation.',
  ],
  [
    52,
    'TRANSACTION_COORDINATOR_FENCED',
    'final',
    'A newer transaction coordinator has taken over.',
  ],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'final', 'Not allowed on this transactional id.'],
  [54, 'SECURITY_DISABLED', 'final', 'Authorization is not switched on here.'],
  [
    55,
    'OPERATION_NOT_ATTEMPTED',
    'final',
    'Not tried, because another part of the request failed.',
  ],
  [56, 'KAFKA_STORAGE_ERROR', 'retry', 'The disk under this log fails or is full.'],
  [57, 'LOG_DIR_NOT_FOUND', 'final', 'The broker has no such log directory.'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'final', 'The authentication failed.'],
  [59, 'UNKNOWN_PRODUCER_ID', 'final', 'Nothing is known of this producer id any more.'],
  [60, 'REASSIGNMENT_IN_PROGRESS', 'final', 'The partition is being moved.'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'final', 'Delegation tokens are not switched on here.'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', 'final', 'There is no such delegation token.'],
  [
    63,
    'DELEGATION_TOKEN_OWNER_MISMATCH',
    'final',
    'The delegation token belongs to somebody else.',
  ],
  [
    64,
    'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
    'final',
    'A connection authenticated like this one may not ask for delegation tokens.',
  ],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'final', 'Not allowed on this delegation token.'],
  [66, 'DELEGATION_TOKEN_EXPIRED', 'final', 'The delegation token has expired.'],
  [67, 'INVALID_PRINCIPAL_TYPE', 'final', 'Principals of this type are not known here.'],
  [68, 'NON_EMPTY_GROUP', 'final', 'The group still has members.'],
  [69, 'GROUP_ID_NOT_FOUND', 'final', 'There is no such group.'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'retry', 'The fetch session is gone: begin a new one.'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'retry', 'The fetch session expected another epoch.'],
  [72, 'LISTENER_NOT_FOUND', 'retry', 'The leader has no listener of the name that was asked.'],
  [73, 'TOPIC_DELETION_DISABLED', 'final', 'Deleting topics is switched off here.'],
  [74, 'FENCED_LEADER_EPOCH', 'retry', 'The leader epoch asked about has ended.'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'retry', 'This broker has not heard of that leader epoch yet.'],
  [
    76,
    'UNSUPPORTED_COMPRESSION_TYPE',
    'final',
    'This version of the request may not carry that compression.',
  ],
  [77, 'STALE_BROKER_EPOCH', 'final', 'The broker has registered anew since.'],
  [
    78,
    'OFFSET_NOT_AVAILABLE',
    'retry',
    'The new leader does not know its high watermark for sure yet.',
  ],
  [79, 'MEMBER_ID_REQUIRED', 'final', 'Join again with the member id in this answer.'],
  [
    80,
    'PREFERRED_LEADER_NOT_AVAILABLE',
    'retry',
    'The preferred leader is not there or not in sync.',
  ],
  [81, 'GROUP_MAX_SIZE_REACHED', 'final', 'The group is full.'],
  [82, 'FENCED_INSTANCE_ID', 'final', 'Another member has taken this group instance id.'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'retry', 'No replica that could lead is there.'],
  [84, 'ELECTION_NOT_NEEDED', 'retry', 'The partition has the leader it should have.'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', 'final', 'The partition is not being moved.'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'final', 'The group is subscribed to the topic.'],
  [87, 'INVALID_RECORD', 'final', 'A record of the batch breaks the rules.'],
  [
    88,
    'UNSTABLE_OFFSET_COMMIT',
    'retry',
    'An open transaction may still change the committed offset.',
  ],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'retry', 'The quota is used up for now.'],
  [90, 'PRODUCER_FENCED', 'final', 'A newer producer has taken this transactional id.'],
  [91, 'RESOURCE_NOT_FOUND', 'final', 'What the request refers to does not exist.'],
  [92, 'DUPLICATE_RESOURCE', 'final', 'The request names the same thing twice.'],
  [93, 'UNACCEPTABLE_CREDENTIAL', 'final', 'The credential does not meet the requirements.'],
  [94, 'INCONSISTENT_VOTER_SET', 'final', 'Sender or receiver is not one of the voters.'],
  [95, 'INVALID_UPDATE_VERSION', 'final', 'The update carries a version that is not allowed.'],
  [96, 'FEATURE_UPDATE_FAILED', 'final', 'The features could not be changed.'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'final', 'The forwarded principal cannot be read.'],
  [98, 'SNAPSHOT_NOT_FOUND', 'final', 'There is no such snapshot.'],
  [99, 'POSITION_OUT_OF_RANGE', 'final', 'The position lies outside the snapshot.'],
  [100, 'UNKNOWN_TOPIC_ID', 'retry', 'This broker knows no topic of this id.'],
  [101, 'DUPLICATE_BROKER_REGISTRATION', 'final', 'A living broker has this id.'],
  [102, 'BROKER_ID_NOT_REGISTERED', 'final', 'No broker of this id is registered.'],
  [103, 'INCONSISTENT_TOPIC_ID', 'retry', 'The log belongs to another topic id.'],
  [104, 'INCONSISTENT_CLUSTER_ID', 'final', 'The request is meant for another cluster.'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', 'final', 'There is no such transactional id.'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'retry', 'The fetch session mixes topic ids and names.'],
  [107, 'INELIGIBLE_REPLICA', 'final', 'A replica of the new ISR may not join it.'],
  [
    108,
    'NEW_LEADER_ELECTED',
    'final',
    'The change was made and gave the partition another leader.',
  ],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'final', 'The offset lies in remote storage.'],
  [
    110,
    'FENCED_MEMBER_EPOCH',
    'final',
    'The member was fenced: give up its partitions and join again.',
  ],
  [111, 'UNRELEASED_INSTANCE_ID', 'final', 'Another member still holds this instance id.'],
  [112, 'UNSUPPORTED_ASSIGNOR', 'final', 'The group does not support this assignor.'],
  [
    113,
    'STALE_MEMBER_EPOCH',
    'final',
    'The member has a newer epoch: retry after its next heartbeat.',
  ],
  [114, 'MISMATCHED_ENDPOINT_TYPE', 'final', 'The request was sent to the wrong kind of listener.'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', 'final', 'Endpoints of this type are not known here.'],
  [116, 'UNKNOWN_CONTROLLER_ID', 'final', 'There is no controller of this id.'],
  [
    117,
    'UNKNOWN_SUBSCRIPTION_ID',
    'final',
    'The telemetry subscription is unknown or has changed.',
  ],
  [118, 'TELEMETRY_TOO_LARGE', 'final', 'The pushed telemetry is larger than this broker accepts.'],
  [119, 'INVALID_REGISTRATION', 'final', 'The controller refuses the registration.'],
  [
    120,
    'TRANSACTION_ABORTABLE',
    'final',
    'The transaction failed: abort it, then the producer can go on.',
  ],
  [121, 'INVALID_RECORD_STATE', 'final', 'The record is not in a state to be acknowledged.'],
  [122, 'SHARE_SESSION_NOT_FOUND', 'retry', 'The share session is gone: begin a new one.'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', 'retry', 'The share session expected another epoch.'],
  [124, 'FENCED_STATE_EPOCH', 'final', 'The state epoch is not the current one.'],
  [125, 'INVALID_VOTER_KEY', 'final', 'The voter is known by another id or directory.'],
  [126, 'DUPLICATE_VOTER', 'final', 'The node is a voter already.'],
  [127, 'VOTER_NOT_FOUND', 'final', 'The node is not a voter.'],
  [128, 'INVALID_REGULAR_EXPRESSION', 'final', 'The regular expression cannot be used.'],
  [
    129,
    'REBOOTSTRAP_REQUIRED',
    'final',
    'What the client knows of the cluster is outdated: start from the bootstrap servers.',
  ],
  [130, 'STREAMS_INVALID_TOPOLOGY', 'final', 'The topology is not valid.'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'final', 'The topology epoch is not valid.'],
  [132, 'STREAMS_TOPOLOGY_FENCED', 'final', 'The topology epoch is outdated.'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', 'retry', 'There is no room for another share session.'],
  [134, 'GROUP_DELETION_FAILED', 'final', 'The group could not be deleted.'],
  [
    135,
    'STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED',
    'final',
    'The description of the topology was not taken over.',
  ],
  [136, 'CONTROLLER_ID_NOT_REGISTERED', 'final', 'No controller of this id is registered.'],
] as const satisfies readonly (readonly [number, string, Outlook, string])[]

type Row = (typeof table)[number]
/** A name of {@link errorCodes}. */
export type ErrorName = Row[1]

/** Name → code: `errorCodes.NOT_LEADER_OR_FOLLOWER` is 6. */
export const errorCodes = Object.fromEntries(table.map(([code, name]) => [name, code])) as {
  readonly [R in Row as R[1]]: R[0]
}

const byCode: ReadonlyMap<number, Row> = new Map(table.map((row) => [row[0], row]))

/** The name of `code`, or `UNKNOWN_ERROR_CODE_<code>` for one that newer brokers may send. */
export function errorName(code: number): string {
  return byCode.get(code)?.[1] ?? `UNKNOWN_ERROR_CODE_${code}`
}

/** True when the same request may succeed later. Codes we do not know are final. */
export function isRetriable(code: number): boolean {
  return byCode.get(code)?.[2] === 'retry'
}

/** What `code` means, one sentence: the `errorMessage` of responses that have nothing more exact to say. */
export function errorMessage(code: number): string {
  return byCode.get(code)?.[3] ?? `Unknown error code ${code}.`
}
