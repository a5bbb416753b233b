import { expect, test } from 'vitest'
import { ShardLogError } from '../coordinators/runtime/index.ts'
import { LogError } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { PartitionShardLog } from './partition-shard-log.ts'

test('a partition whose log dir is offline fails its shard, and not before that is loaded', async () => {
  const log = new PartitionShardLog(() => {
    throw new LogError('FAILED', 'Log dir /d has failed')
  })
  const uses = [() => log.logStart, () => log.logEnd, () => log.append(Buffer.alloc(61))]
  for (const use of uses) expect(use).toThrow(ShardLogError)
  const wanted = { errorCode: errorCodes.KAFKA_STORAGE_ERROR }
  await expect(log.read(0)).rejects.toMatchObject(wanted)
})

test('what is no failure of a log stays what it is', () => {
  const log = new PartitionShardLog(() => {
    throw new TypeError('a bug')
  })
  expect(() => log.logStart).toThrow(TypeError)
})
