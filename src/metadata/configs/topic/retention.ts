import { INT64_MAX } from '../../../base/index.ts'
import { bool, double, list, long } from '../definition.ts'

/** What becomes of old records. */
export const retentionConfigs = {
  'cleanup.policy': list(['delete'], {
    each: ['compact', 'delete'],
    doc: 'What is done with old records: delete drops old segments by age and size, compact keeps at least the last record of every key. Both may be named; with neither nothing is ever dropped. This version does not compact: a topic that is only compacted grows.',
  }),
  'retention.ms': long(604_800_000, {
    min: -1,
    doc: 'Age at which segments are dropped under the policy delete; -1 keeps them for ever.',
  }),
  'retention.bytes': long(-1, {
    doc: 'Size of a partition beyond which its oldest segments are dropped under the policy delete; -1 is no limit. It counts for each partition, not for the topic.',
  }),
  'delete.retention.ms': long(86_400_000, {
    min: 0,
    doc: 'How long a compacted topic keeps the markers of deleted keys. A reader that starts from the beginning must get through within this time to see every deletion. Without effect in this version, which does not compact.',
  }),
  'min.compaction.lag.ms': long(0, {
    min: 0,
    doc: 'Time for which a record of a compacted topic is safe from compaction. Without effect in this version, which does not compact.',
  }),
  'max.compaction.lag.ms': long(INT64_MAX, {
    min: 1,
    doc: 'Time after which a record of a compacted topic must come up for compaction, however few others do. Without effect in this version, which does not compact.',
  }),
  'min.cleanable.dirty.ratio': double(0.5, {
    min: 0,
    max: 1,
    doc: 'Share of a compacted log that must be uncompacted before it is worth compacting. A higher share costs disk and saves work. Without effect in this version, which does not compact.',
  }),
  'remote.storage.enable': bool(false, {
    doc: 'Moves closed segments to remote storage. Highwater has none, so only false is accepted.',
  }),
  'remote.log.copy.disable': bool(false, {
    doc: 'Stops moving segments to remote storage. Without effect while remote.storage.enable is false.',
  }),
  'remote.log.delete.on.disable': bool(false, {
    doc: 'Whether switching remote storage off deletes what lies there. Without effect while remote.storage.enable is false.',
  }),
  'local.retention.ms': long(-2, {
    min: -2,
    doc: 'Age at which segments that are in remote storage are dropped locally; -2 is the value of retention.ms. Without effect while remote.storage.enable is false.',
  }),
  'local.retention.bytes': long(-2, {
    min: -2,
    doc: 'Size of a partition beyond which segments that are in remote storage are dropped locally; -2 is the value of retention.bytes. Without effect while remote.storage.enable is false.',
  }),
}
