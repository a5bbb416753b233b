/** UnregisterBroker (KIP-631): a broker that will not come back is forgotten. */
import { metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../protocol/index.ts'
import { noError } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { partitionChanges } from './leaderships.ts'

type Response = ResponseOf<typeof UnregisterBrokerResponse>

/** A broker that still runs is unregistered all the same, as in Apache Kafka: its next heartbeat makes it register anew. */
export function unregisterBroker(
  image: MetadataImage,
  { brokerId }: RequestOf<typeof UnregisterBrokerRequest>,
  { broker: settings }: ControllerContext,
): Decision<Response> {
  const broker = image.cluster.broker(brokerId)
  if (broker === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`
    const code = errorCodes.BROKER_ID_NOT_REGISTERED
    return { records: [], response: refuseUnregisterBroker({ code, message }) }
  }
  const records = [
    // Nobody may wait for it: it is not eligible any more.
    ...partitionChanges(image, settings, brokerId, 'stopped uncleanly'),
    metadataRecord('unregisterBroker', { brokerId, brokerEpoch: broker.epoch }),
  ]
  return { records, response: refuseUnregisterBroker(noError), divisible: true }
}

export function refuseUnregisterBroker({ code, message }: ApiError): Response {
  return { errorCode: code, errorMessage: message }
}
