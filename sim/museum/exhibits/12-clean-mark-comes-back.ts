import type { Exhibit } from '../exhibit.ts'

export const cleanMarkComesBack: Exhibit = {
  name: 'clean-mark-comes-back',
  title: 'The mark of a clean stop is removed, and a power cut brings it back',
  source: 'L9',
  profile: 'storage',
  seeds: 200,
  patches: [
    {
      file: 'src/log/clean-shutdown.ts',
      find: `  await disk.syncDirectory(dirPath)
}

export async function writeCleanShutdown`,
      replace: `}

export async function writeCleanShutdown`,
    },
  ],
}
