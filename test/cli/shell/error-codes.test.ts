import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { explainError } from '../../../src/cli/shell/boundary.ts';
import { NascentError, type ErrorCode } from '../../../src/errors.ts';
import { render } from '../../../src/tui/theme.ts';

const source = readFileSync(new URL('../../../src/errors.ts', import.meta.url), 'utf8');
const codes = [...source.matchAll(/^ {2}\| '([^']+)'/gm)].map(([, code]) => code as ErrorCode);

/** The exit code and what is shown, as a person would see it without colours. */
function shown(code: ErrorCode): string {
  const error = new NascentError(code, `an example of ${code}`, { help: 'Do this.\nOr do that.' });
  const { talk, exitCode } = explainError(error, false);
  return `${exitCode} ${render(talk, { colour: false, ascii: false })}`;
}

test('what each code looks like, and how the command ends by it', () => {
  expect(codes.map(shown).join('\n')).toMatchInlineSnapshot(`
    "2 ✖ an example of graph/invalid-node
      Do this.
      Or do that.
    2 ✖ an example of graph/invalid
      Do this.
      Or do that.
    1 ✖ an example of runtime/unavailable
      Do this.
      Or do that.
    1 ✖ an example of runtime/failed
      Do this.
      Or do that.
    2 ✖ an example of onnx/invalid
      Do this.
      Or do that.
    2 ✖ an example of onnx/unsupported
      Do this.
      Or do that.
    2 ✖ an example of data/missing
      Do this.
      Or do that.
    2 ✖ an example of data/damaged
      Do this.
      Or do that.
    1 ✖ an example of data/unreachable
      Do this.
      Or do that.
    2 ✖ an example of run/not-a-run
      Do this.
      Or do that.
    2 ✖ an example of run/exists
      Do this.
      Or do that.
    2 ✖ an example of run/busy
      Do this.
      Or do that.
    2 ✖ an example of run/damaged
      Do this.
      Or do that.
    1 ✖ an example of run/gone
      Do this.
      Or do that.
    2 ✖ an example of run/not-running
      Do this.
      Or do that.
    1 ✖ an example of run/unanswered
      Do this.
      Or do that.
    2 ✖ an example of space/invalid-genotype
      Do this.
      Or do that.
    2 ✖ an example of space/invalid
      Do this.
      Or do that.
    2 ✖ an example of input/unknown
      Do this.
      Or do that.
    2 ✖ an example of input/invalid
      Do this.
      Or do that.
    1 ✖ an example of setup/failed
      Do this.
      Or do that.
    1 ✖ an example of disk/full
      Do this.
      Or do that.
    1 ✖ an example of disk/failed
      Do this.
      Or do that.
    1 ✖ an example of train/diverged
      Do this.
      Or do that.
    3 ✖ an example of gate/failed
      Do this.
      Or do that.
    130 ■ an example of interrupted
      Do this.
      Or do that."
  `);
});
