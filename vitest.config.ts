import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

import { testProjects, type ProjectName } from './test/support/projects.ts';
import { seedOf } from './test/support/properties.ts';

/** Where CI wants the counts as JSON. */
const report = process.env['NASCENT_TEST_REPORT'];

/** Settled once, here, so that every process has the same seed; said where it was not asked for by number. */
const asked = process.env['FC_SEED'];
const seed = String(seedOf(asked));
process.env['FC_SEED'] = seed;
if (seed !== asked) console.error(`property tests: FC_SEED=${seed}`);

/** Of every project. Said to each, because one that extends this file has it loaded, and the tests sorted, again. */
const common: TestProjectInlineConfiguration = {
  // React is loaded in its production build, as for users, and that has no entry for JSX of development.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    // TensorFlow and onnxruntime are native and hold process-wide state: a process per file keeps them apart.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};
const setUp = 'test/support/set-up.ts';

/** What a test imports decides which project it belongs to. */
const files = testProjects();
const project = (
  name: ProjectName,
  test: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration => ({
  ...common,
  test: { ...common.test, name, include: [...files[name]], setupFiles: [setUp], ...test },
});

export default defineConfig({
  test: {
    projects: [
      // Nothing native and no processes, so they can share two threads and the modules that these have loaded.
      project('unit', {
        pool: 'threads',
        isolate: false,
        setupFiles: [setUp, 'test/support/unit-only.ts'],
      }),
      project('native'),
      project('e2e'),
    ],
    maxWorkers: 2,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
