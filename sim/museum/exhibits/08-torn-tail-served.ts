import type { Exhibit } from '../exhibit.ts'

export const tornTailServed: Exhibit = {
  name: 'torn-tail-served',
  title: 'Recovery looks at headers alone: a batch whose body is torn stays',
  source: 'L19',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/recovery.ts',
      find: '{ verify: true, hot: COLD }',
      replace: '{ verify: false, hot: COLD }',
    },
  ],
}
