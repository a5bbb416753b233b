import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../base/index.ts'
import { applyRecords, metadataRecord } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { deleteTopics } from './delete-topics.ts'
import { clusterOf, contextOf, withTopic } from './harness.conformance.ts'

const A = '9iiqe6m8TGGSiCMo2GYFLw'
const B = 'sVmTcWoAQmugxmYZqlQEcw'
const OTHER = 'HsKs0UDFRGS5qRZBaNJO5g'
const image = withTopic(withTopic(clusterOf(1), 'a', A, [{}]), 'b', B, [{}, {}])

function run(
  wanted: { names?: string[]; topics?: Array<{ name: string | null; topicId: string }> },
  config: Readonly<Record<string, string>> = {},
  apiVersion = 6,
) {
  const request = { topicNames: wanted.names ?? [], topics: wanted.topics ?? [], timeoutMs: 0 }
  const { records, response } = deleteTopics(image, request, contextOf(config), { apiVersion })
  const answers = response.responses.map(({ name, topicId, errorCode }) => {
    return `${name} ${topicId} ${errorName(errorCode)}`
  })
  return { records, answers }
}

describe('deleteTopics', () => {
  it('deletes by name and by id, and answers with both', () => {
    const byName = run({ names: ['a'] }, {}, 5)
    const topics = [
      { name: null, topicId: B },
      { name: 'a', topicId: ZERO_UUID },
    ]
    const both = run({ topics })
    expect(byName.answers).toEqual([`a ${A} NONE`])
    expect(both.answers).toEqual([`b ${B} NONE`, `a ${A} NONE`])
    expect(applyRecords(image, both.records).topics.size).toBe(0)
  })

  it('takes the configuration along', () => {
    const config = { resourceType: 2, resourceName: 'a', name: 'retention.ms', value: '1' }
    const configured = applyRecords(image, [metadataRecord('config', config)])
    expect(applyRecords(configured, run({ names: ['a'] }).records).configs.ofTopic('a').size).toBe(
      0,
    )
  })

  it.each([
    [{ names: ['c'] }, [`c ${ZERO_UUID} UNKNOWN_TOPIC_OR_PARTITION`]],
    [{ topics: [{ name: null, topicId: OTHER }] }, [`null ${OTHER} UNKNOWN_TOPIC_ID`]],
    [{ topics: [{ name: null, topicId: ZERO_UUID }] }, [`null ${ZERO_UUID} INVALID_REQUEST`]],
    [{ topics: [{ name: 'a', topicId: A }] }, [`a ${A} INVALID_REQUEST`]],
    [{ names: ['a', 'a'] }, [`a ${ZERO_UUID} INVALID_REQUEST`]],
  ])('refuses %j', (wanted, answers) => {
    const result = run(wanted)
    expect(result.answers).toEqual(answers)
    expect(result.records).toEqual([])
  })

  it('deletes a topic once that is named and identified', () => {
    const topics = [
      { name: 'a', topicId: ZERO_UUID },
      { name: null, topicId: A },
    ]
    const result = run({ topics })
    expect(result.answers).toEqual([`a ${A} NONE`, `a ${A} INVALID_REQUEST`])
    expect(result.records).toHaveLength(1)
  })

  it('refuses everything where deletion is switched off, in words that the version knows', () => {
    const config = { 'delete.topic.enable': 'false' }
    expect(run({ names: ['a', 'c'] }, config).answers).toEqual([
      `a ${ZERO_UUID} TOPIC_DELETION_DISABLED`,
      `c ${ZERO_UUID} TOPIC_DELETION_DISABLED`,
    ])
    expect(run({ names: ['a'] }, config, 2).answers).toEqual([`a ${ZERO_UUID} INVALID_REQUEST`])
  })
})
