import type { Exhibit } from '../exhibit.ts'

export const fencedBrokerJoins: Exhibit = {
  name: 'fenced-broker-joins',
  title: 'The controller lets a broker into the in-sync set that is fenced or about to leave',
  source: 'L6; KIP-841',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/controller/alter-partition.ts',
      find: 'return members.every(isEligible) ? errorCodes.NONE : errorCodes.INELIGIBLE_REPLICA',
      replace:
        'return members.every(isEligible) || errorCodes.NONE === 0 ? errorCodes.NONE : errorCodes.INELIGIBLE_REPLICA',
    },
  ],
}
