import { int } from '../definition.ts'

const window = (whose: string) => {
  return int(1, {
    min: 1,
    importance: 'LOW',
    doc: `Length in seconds of one window over which ${whose} is measured.`,
  })
}

const windowCount = (whose: string) => {
  return int(11, {
    min: 1,
    importance: 'LOW',
    doc: `Number of windows over which ${whose} is measured.`,
  })
}

/** How rates are measured. The quotas themselves are set per client entity. */
export const quotaConfigs = {
  'quota.window.num': windowCount('the use of client quotas'),
  'quota.window.size.seconds': window('the use of client quotas'),
  'controller.quota.window.num': windowCount(
    'the rate of changes that clients ask of the controller',
  ),
  'controller.quota.window.size.seconds': window(
    'the rate of changes that clients ask of the controller',
  ),
  'replication.quota.window.num': windowCount('throttled replication'),
  'replication.quota.window.size.seconds': window('throttled replication'),
  'alter.log.dirs.replication.quota.window.num': windowCount('copying between log directories'),
  'alter.log.dirs.replication.quota.window.size.seconds': window('copying between log directories'),
}
