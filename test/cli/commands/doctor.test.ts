import { expect, test } from 'vitest';

import { describeRuntimes } from '../../../src/cli/commands/doctor.ts';

test('a runtime is a line; what is the matter with it stands below', () => {
  const text = describeRuntimes({ nascent: '1.0.0', node: '20.20.2' }, [
    { name: 'tfjs-node-gpu', version: '4.22.0', device: 'A card', status: 'ready', note: 'it is slow' },
    { name: 'reference', version: '1.0.0', device: 'A processor', status: 'ready' },
    {
      name: 'onnxruntime-cuda',
      version: '',
      device: 'cuda',
      status: 'unavailable',
      reason: 'no driver was found',
      fix: 'Install it.',
    },
  ]);
  expect(text).toMatchInlineSnapshot(`
    "nascent 1.0.0, node 20.20.2
    ✓ tfjs-node-gpu     4.22.0, A card
                        it is slow
    ✓ reference         1.0.0, A processor
    ✖ onnxruntime-cuda  cuda
                        no driver was found
                        Install it."
  `);
});
