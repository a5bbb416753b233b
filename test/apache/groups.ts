/** The group tools: list, describe with live members, reset, delete offsets, delete. */
import { expect, expectEqual } from '../clients/records.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { columns, lines, type Tools } from './tools.ts'

const topic = 'group-tools'
const group = ['--group', 'tools-group']

/** Runs the checks of the group tools. */
export async function groupChecks(suite: Suite, tools: Tools): Promise<void> {
  const made = await suite.check('ConsumerGroupCommand: a group with a member', async () => {
    await tools.createTopic(topic, 2)
    await tools.produce(topic, ['a:1', 'b:2', 'c:3', 'd:4', 'e:5'])
    const settings = [
      '--from-beginning',
      ...group,
      '--command-property',
      'auto.commit.interval.ms=200',
    ]
    const consumer = tools.start('consoleConsumer', ['--topic', topic, ...settings])
    await eventually('5 records', () => (lines(consumer.stdout).length === 5 ? true : undefined))
    await withMember(tools)
    const refused = await tools.attempt('consumerGroups', ['--delete', ...group])
    const said = `${refused.stdout}${refused.stderr}`
    expect('delete a group with a member', said.includes('GroupNotEmptyException'), said)
    await consumer.stop()
  })
  if (!made) {
    suite.skip('ConsumerGroupCommand: reset offsets', 'there is no group')
    return
  }
  await suite.check('ConsumerGroupCommand: reset offsets', () => resetOffsets(tools))
  await suite.check('ConsumerGroupCommand: delete offsets and the group', async () => {
    await tools.run('consumerGroups', ['--delete-offsets', ...group, '--topic', `${topic}:1`])
    const left = lines(await tools.run('consumerGroups', ['--describe', ...group, '--offsets']))
    const rows = left.filter((line) => line.startsWith('tools-group'))
    const offsets = rows.map((line) => line.trim().split(/\s+/).slice(2, 4))
    expectEqual('partition and offset that are left', offsets, [['0', '0']])
    const deleted = await tools.run('consumerGroups', ['--delete', ...group])
    expect('deleted', deleted.includes("('tools-group') was successful"), deleted)
    expect('gone', !(await tools.run('consumerGroups', ['--list'])).includes('tools-group'))
  })
}

async function withMember(tools: Tools): Promise<void> {
  const listed = await tools.run('consumerGroups', ['--list', '--state', 'stable'])
  expectEqual('listed', columns(listed, /^tools-group/), ['tools-group', 'Stable'])
  const kinds = columns(await tools.run('groups', ['--list']), /^tools-group/)
  expectEqual('GroupsCommand', kinds, ['tools-group', 'Classic', 'consumer'])
  const members = ['--describe', ...group, '--members', '--verbose']
  const member = columns(await tools.run('consumerGroups', members), /^tools-group/)
  expect('the host of its member', member[2]?.includes('127.0.0.1') === true, member)
  expectEqual('partitions of its member', member[4], '2')
  expect('its assignment', member.join(' ').includes(`${topic}:0,1`), member)
  const state = columns(
    await tools.run('consumerGroups', ['--describe', ...group, '--state']),
    /^tools-group/,
  )
  expectEqual('coordinator', state[1], tools.bootstrap)
  expectEqual('strategy, state, members', state.slice(-3), ['range', 'Stable', '1'])
}

async function resetOffsets(tools: Tools): Promise<void> {
  const reset = (...to: string[]): Promise<string> =>
    tools.run('consumerGroups', ['--reset-offsets', ...group, '--topic', topic, ...to])
  const offsets = (text: string): string[] =>
    lines(text)
      .filter((line) => line.startsWith('tools-group'))
      .map((line) => line.trim().split(/\s+/))
      .sort((a, b) => Number(a[2]) - Number(b[2]))
      .map((row) => row[3] ?? '')
  const committed = async (): Promise<string[]> =>
    offsets(await tools.run('consumerGroups', ['--describe', ...group, '--offsets']))
  const before = await committed()
  expectEqual('all committed', Number(before[0]) + Number(before[1]), 5)
  expectEqual('a dry run', offsets(await reset('--to-earliest', '--dry-run')), ['0', '0'])
  expectEqual('changes nothing', await committed(), before)
  await reset('--to-earliest', '--execute')
  expectEqual('to the earliest', await committed(), ['0', '0'])
  await reset('--shift-by', '1', '--execute')
  expectEqual('shifted', await committed(), ['1', '1'])
  await reset('--to-latest', '--execute')
  expectEqual('to the latest', await committed(), before)
  await reset('--to-datetime', '2020-01-01T00:00:00.000', '--execute')
  expectEqual('to a time before all', await committed(), ['0', '0'])
}
