import { describe, expect, it } from 'vitest';
import { chooseWheel, pipFailure } from '../../src/setup/wheels.ts';

describe('chooseWheel', () => {
  it('knows which wheel has the library, and where none has', () => {
    expect(chooseWheel('cpu', 'linux', 'x64').packages).toEqual(['tensorflow-cpu']);
    expect(chooseWheel('cuda', 'linux', 'x64').packages).toEqual(['tensorflow']);
    expect(() => chooseWheel('cuda', 'darwin', 'arm64')).toThrow('no CUDA wheel for darwin-arm64');
    expect(() => chooseWheel('cpu', 'win32', 'x64')).toThrow('inside WSL this works');
    expect(() => chooseWheel('cpu', 'darwin', 'x64')).toThrow('has no wheel for darwin-x64');
  });
});

describe('pipFailure', () => {
  const none = 'ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n';

  it('tells a network that does not answer from a wheel that does not exist', () => {
    const retry =
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip.HTTPSConnection object at 0x1>: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/x/\n";
    expect(pipFailure(retry + none, '')).toEqual({
      reason:
        'pip cannot reach the Python package index: Failed to establish a new connection: [Errno -2] Name or service not known',
      unreachable: true,
    });
    expect(pipFailure(`${none}ERROR: No matching distribution found for x\n`, '')).toEqual({
      reason: 'pip: No matching distribution found for x',
      unreachable: false,
    });
    expect(pipFailure('', 'not done after 2 minutes').reason).toBe('pip: not done after 2 minutes');
  });
});
