import type { Exhibit } from '../exhibit.ts'

export const damageEndsTheLog: Exhibit = {
  name: 'damage-ends-the-log',
  title:
    'A batch below the recovery point that cannot be read ends the log: all behind it is deleted',
  source: 'L19; Kafka LogLoader, NATS 2.12.1 (Jepsen 2025)',
  profile: 'storage',
  seeds: 200,
  patches: [
    {
      file: 'src/log/recovery.ts',
      find: '      if (next === null) return this.#endInDamage(segment, end, scan)',
      replace: '      if (next === null || next > 0) return scan',
    },
  ],
}
