/** Configuration of single brokers is taken by the broker itself, which alone can tell what it can apply (ConfigAdminManager in Apache Kafka). */
import { configResourceTypes } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

interface Refusal extends Resource {
  readonly errorCode: number
  readonly errorMessage: string
}

/** The resources that this broker passes on, and the answers to those that belong to another broker. */
export function splitForeign<R extends Resource>(
  resources: readonly R[],
  nodeId: number,
): { readonly own: R[]; readonly refused: Refusal[] } {
  const own: R[] = []
  const refused: Refusal[] = []
  for (const resource of resources) {
    const { resourceType, resourceName } = resource
    const isForeign =
      resourceType === configResourceTypes.BROKER &&
      resourceName !== '' &&
      resourceName !== String(nodeId)
    if (!isForeign) {
      own.push(resource)
      continue
    }
    const errorMessage = `Unexpected broker id, expected ${nodeId}, but received ${resourceName}`
    refused.push({
      resourceType,
      resourceName,
      errorCode: errorCodes.INVALID_REQUEST,
      errorMessage,
    })
  }
  return { own, refused }
}
