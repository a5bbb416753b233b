/**
 * DescribeLogDirs: size and lag of replicas by log directory.
 *
 * - 1 is the oldest served. 2: flexible.
 * - 3: an error for the whole response.
 * - 4: size and free space of the volume (KIP-827).
 * - 5: whether the directory takes no new replicas.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeLogDirsRequest = message(
  { name: 'DescribeLogDirsRequest', key: 35, versions: [1, 5], flexibleSince: 2 },
  {
    /** Null: all. */
    topics: nullable(array({ topic: string, partitions: array(int32) })),
  },
)

export const DescribeLogDirsResponse = message(
  { name: 'DescribeLogDirsResponse', key: 35, versions: [1, 5], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    errorCode: field(int16, { since: 3 }),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          partitionSize: int64,
          offsetLag: int64,
          /** The copy that a move between log directories is building. */
          isFutureKey: bool,
        }),
      }),
      totalBytes: field(int64, { since: 4, default: -1 }),
      usableBytes: field(int64, { since: 4, default: -1 }),
      isCordoned: field(bool, { since: 5 }),
    }),
  },
)
