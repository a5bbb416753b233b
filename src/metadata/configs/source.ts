/** Where a value comes from: Kafka's numbers in DescribeConfigs. */
export const configSources = {
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
} as const

export type ConfigSource = (typeof configSources)[keyof typeof configSources]
