import { defineConfig } from 'tsdown'

/** The published package: few files, so that a start reads little; the entry points keep their names. */
export default defineConfig({
  entry: {
    'cli/main': 'src/cli/main.ts',
    'log/index': 'src/log/index.ts',
    'protocol/index': 'src/protocol/index.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  dts: { sourcemap: false },
  clean: true,
  fixedExtension: false,
})
