import type { Exhibit } from '../exhibit.ts'

export const namesakeInheritsCheckpoint: Exhibit = {
  name: 'namesake-inherits-checkpoint',
  title:
    'A topic that is deleted and made again under its name finds the checkpoints of the old one',
  source: 'KIP-516',
  profile: 'storage',
  seeds: 20,
  patches: [
    {
      file: 'src/log/log-manager.ts',
      find: `      dir.makeRoomFor(name)
`,
      replace: '',
    },
    {
      file: 'src/log/log-manager.ts',
      find: `    dir.forget(name)
`,
      replace: '',
    },
  ],
}
