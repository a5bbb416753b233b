import type { Exhibit } from '../exhibit.ts'

export const anyReplicaMayLead: Exhibit = {
  name: 'any-replica-may-lead',
  title: 'The controller makes a replica leader that is not in sync, though nobody allowed it',
  source: 'KIP-966',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/controller/elections.ts',
      find: `const any = election === 'unclean' ? replicas.find(canLead) : undefined`,
      replace: 'const any = replicas.find(canLead)',
    },
  ],
}
