import { describe, expect, it } from 'vitest'
import { errorName } from '../../protocol/index.ts'
import type { AlterConfigsResponse } from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { RequestContext } from '../handler.ts'
import type { Broker } from '../services.ts'
import { alterConfigs } from './33-alter-configs.ts'
import { incrementalAlterConfigs } from './44-incremental-alter-configs.ts'

const [TOPIC, BROKER] = [2, 4]

describe.each([
  ['AlterConfigs', alterConfigs],
  ['IncrementalAlterConfigs', incrementalAlterConfigs],
])('%s on a broker', (_name, handler) => {
  it('is passed on, but for the configuration of other brokers', async () => {
    const pass = ({
      resources,
    }: {
      resources: ReadonlyArray<{ resourceType: number; resourceName: string }>
    }) =>
      Promise.resolve({
        responses: resources.map(({ resourceType, resourceName }) => {
          return { errorCode: 0, errorMessage: null, resourceType, resourceName }
        }),
      })
    const services = {
      nodeId: 1,
      controller: { alterConfigs: pass, incrementalAlterConfigs: pass },
    } as unknown as Broker
    const names: Array<[number, string]> = [
      [TOPIC, '2'],
      [BROKER, ''],
      [BROKER, '1'],
      [BROKER, '2'],
      [BROKER, 'x'],
    ]
    const resources = names.map(([resourceType, resourceName]) => {
      return { resourceType, resourceName, configs: [] }
    })
    const request = { resources, validateOnly: false }
    const { responses } = (await handler.handle(services, request, {} as RequestContext)) as Draft<
      typeof AlterConfigsResponse
    >
    const codes = responses.map(({ resourceType, resourceName, errorCode }) => {
      return [`${resourceType}:${resourceName}`, errorName(errorCode)]
    })
    expect(Object.fromEntries(codes)).toEqual({
      '2:2': 'NONE',
      '4:': 'NONE',
      '4:1': 'NONE',
      '4:2': 'INVALID_REQUEST',
      '4:x': 'INVALID_REQUEST',
    })
  })
})
