import type { ConfigDefinition, ValueOf } from '../definition.ts'
import { cleanerConfigs } from './cleaner.ts'
import { groupConfigs } from './groups.ts'
import { logConfigs } from './log.ts'
import { networkConfigs } from './network.ts'
import { metadataLogConfigs, nodeConfigs } from './node.ts'
import { offsetConfigs } from './offsets.ts'
import { quorumConfigs } from './quorum.ts'
import { quotaConfigs } from './quotas.ts'
import { brokerReplicationConfigs } from './replication.ts'
import { securityConfigs } from './security.ts'
import { sslConfigs } from './ssl.ts'
import { topicDefaultConfigs } from './topics.ts'
import { transactionConfigs } from './transactions.ts'

/** Every key that a node can be given. Names, types and, where not said otherwise, defaults are Apache Kafka's of 4.3. */
export const brokerConfigs = {
  ...nodeConfigs,
  ...networkConfigs,
  ...quorumConfigs,
  ...metadataLogConfigs,
  ...topicDefaultConfigs,
  ...logConfigs,
  ...cleanerConfigs,
  ...brokerReplicationConfigs,
  ...groupConfigs,
  ...offsetConfigs,
  ...transactionConfigs,
  ...quotaConfigs,
  ...securityConfigs,
  ...sslConfigs,
}

export type BrokerConfigName = keyof typeof brokerConfigs
export type BrokerConfigValue<K extends BrokerConfigName> = ValueOf<(typeof brokerConfigs)[K]>

const byName: ReadonlyMap<string, ConfigDefinition> = new Map(
  Object.entries(brokerConfigs as Record<BrokerConfigName, ConfigDefinition>),
)

/** The declaration of a broker key; undefined: there is no such key. */
export function brokerConfig(name: string): ConfigDefinition | undefined {
  return byName.get(name)
}

export const brokerConfigNames: readonly BrokerConfigName[] = [
  ...byName.keys(),
] as BrokerConfigName[]
