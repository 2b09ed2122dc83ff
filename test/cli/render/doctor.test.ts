import { describe, expect, it } from 'vitest';
import { renderDoctor } from '../../../src/cli/render/doctor.ts';
import type { DoctorReport } from '../../../src/setup/doctor.ts';

const report: DoctorReport = {
  nascent: '0.1.0',
  node: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  cpus: { model: 'Some Processor', count: 2 },
  memoryBytes: 24e9,
  nvidiaDriver: { version: '550.1', cards: ['Some Card'] },
  runtimes: [
    {
      name: 'tfjs-node-gpu',
      version: '4.22.0 (TensorFlow 2.21.0)',
      device: 'Some Processor',
      status: 'ready',
      note: 'it uses the processor',
    },
    { name: 'reference', version: '0.1.0', device: 'Some Processor', status: 'ready' },
    {
      name: 'onnxruntime-cuda',
      version: '',
      device: 'Some Card',
      status: 'unavailable',
      reason: 'the CUDA provider library is not installed',
      fix: 'Run `nascent setup --cuda`.',
    },
  ],
  data: {
    cifar10: { status: 'ready' },
    ptb: { status: 'missing', fix: 'nascent data get ptb' },
  },
  cache: { folder: '/cache/nascent', exists: true, bytes: 1.5e9 },
};

describe('renderDoctor', () => {
  it('lays out the machine, the runtimes, what could be put right, and the data', () => {
    expect(renderDoctor(report)).toMatchInlineSnapshot(`
      "Nascent    0.1.0 on Node 20.20.2, linux-x64
      Processor  Some Processor, 2 cores
      Memory     24.0 GB
      NVIDIA     driver 550.1, Some Card
      Cache      /cache/nascent (1.5 GB)

      Runtime           Version                     Device          Status
      tfjs-node-gpu     4.22.0 (TensorFlow 2.21.0)  Some Processor  ready
      reference         0.1.0                       Some Processor  ready
      onnxruntime-cuda  –                           Some Card       unavailable

        tfjs-node-gpu: it uses the processor.
        onnxruntime-cuda: the CUDA provider library is not installed.
          Run \`nascent setup --cuda\`.

      Data     Status   Next
      cifar10  ready
      ptb      missing  nascent data get ptb
      "
    `);
  });

  it('says of a bare machine what it lacks', () => {
    const { nvidiaDriver: _, data: __, ...bare } = report;
    const text = renderDoctor({
      ...bare,
      runtimes: [],
      cache: { folder: '/cache', exists: false, bytes: 0 },
    });
    expect(text).toContain('NVIDIA     none found');
    expect(text).toContain('/cache (not there yet)');
    expect(text).not.toContain('Data');
  });
});
