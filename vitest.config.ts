import { defineConfig } from 'vitest/config';

/** Where CI wants the counts as JSON. */
const report = process.env['NASCENT_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/oracle/**'],
    // TensorFlow and onnxruntime are native and hold process-wide state: a process per file keeps them apart.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
