import { defineConfig } from 'tsdown'

const common = {
  platform: 'node',
  target: 'node22.18',
  dts: { sourcemap: false },
  fixedExtension: false,
} as const

/** The published package: few files, so that a start reads little; the entry points keep their names. */
export default defineConfig([
  {
    ...common,
    entry: { 'cli/main': 'src/cli/main.ts', 'protocol/index': 'src/protocol/index.ts' },
    format: 'esm',
    clean: true,
  },
  // One file of its own for each module system: whoever embeds the log loads nothing of the server.
  {
    ...common,
    entry: { 'log/index': 'src/log/embedded/index.ts' },
    format: ['esm', 'cjs'],
    treeshake: { moduleSideEffects: false },
    clean: false,
  },
])
