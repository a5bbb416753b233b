/** What the operations of IncrementalAlterConfigs make of the values that are set. */
import { brokerConfig, configResourceTypes, formatConfig, topicConfig } from '../metadata/index.ts'
import type { ConfigDefinition } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { IncrementalAlterConfigsRequest } from '../protocol/index.ts'
import type { ApiError, RequestOf } from './decision.ts'

export type ConfigEdit = RequestOf<
  typeof IncrementalAlterConfigsRequest
>['resources'][number]['configs'][number]

/** New value by key; null takes the key away. */
export type ConfigChanges = ReadonlyMap<string, string | null>

/** AlterConfigOp.OpType in Apache Kafka. */
const operations = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/** @param current what is set on the resource */
export function editConfigs(
  resourceType: number,
  current: ReadonlyMap<string, string>,
  edits: readonly ConfigEdit[],
): ConfigChanges | ApiError {
  const changes = new Map<string, string | null>()
  for (const edit of edits) {
    const { name, configOperation: operation, value } = edit
    if (changes.has(name)) return invalidRequest(`Cannot set ${name}: it is named more than once`)
    if (operation === operations.DELETE) {
      changes.set(name, null)
      continue
    }
    if (value === null) return invalidRequest(`Cannot set ${name}: found null, wanted a value`)
    if (operation === operations.SET) {
      changes.set(name, value)
      continue
    }
    if (operation !== operations.APPEND && operation !== operations.SUBTRACT) {
      return invalidRequest(`Cannot change ${name}: there is no operation ${operation}`)
    }
    const definition = definitionOf(resourceType, name)
    if (definition?.type !== 'LIST') {
      const message = `Cannot append to or subtract from ${name}: it is not a list`
      return { code: errorCodes.INVALID_CONFIG, message }
    }
    const present = current.get(name) ?? formatConfig(definition, definition.defaultValue)
    const change = operation === operations.APPEND ? append : subtract
    changes.set(name, change(itemsOf(present), itemsOf(value)).join(','))
  }
  return changes
}

function definitionOf(resourceType: number, name: string): ConfigDefinition | undefined {
  return resourceType === configResourceTypes.TOPIC ? topicConfig(name) : brokerConfig(name)
}

function itemsOf(text: string | null): string[] {
  const items = (text ?? '').split(',').map((item) => item.trim())
  return items.filter((item) => item !== '')
}

function append(present: readonly string[], items: readonly string[]): string[] {
  return [...new Set([...present, ...items])]
}

function subtract(present: readonly string[], items: readonly string[]): string[] {
  return present.filter((item) => !items.includes(item))
}

function invalidRequest(message: string): ApiError {
  return { code: errorCodes.INVALID_REQUEST, message }
}
