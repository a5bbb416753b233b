/**
 * DescribeConfigs: configuration of topics, brokers and other resources, with where each value
 * comes from.
 *
 * - 1 is the oldest served: source and synonyms of each value (KIP-226).
 * - 3: type and documentation (KIP-569).
 * - 4: flexible.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeConfigsRequest = message(
  { name: 'DescribeConfigsRequest', key: 32, versions: [1, 4], flexibleSince: 4 },
  {
    resources: array({
      /** 2: topic, 4: broker, 8: broker logger, 16: client metrics, 32: group. */
      resourceType: int8,
      resourceName: string,
      /** Null: all. */
      configurationKeys: nullable(array(string)),
    }),
    includeSynonyms: field(bool),
    includeDocumentation: field(bool, { since: 3 }),
  },
)

export const DescribeConfigsResponse = message(
  { name: 'DescribeConfigsResponse', key: 32, versions: [1, 4], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32),
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
        readOnly: bool,
        /** 1: topic, 2: this broker, 3: all brokers, 4: file, 5: default, 6: broker logger, 7: client metrics, 8: group. */
        configSource: field(int8, { default: -1 }),
        isSensitive: bool,
        synonyms: array({ name: string, value: nullable(string), source: int8 }),
        configType: field(int8, { since: 3 }),
        documentation: field(nullable(string), { since: 3 }),
      }),
    }),
  },
)
