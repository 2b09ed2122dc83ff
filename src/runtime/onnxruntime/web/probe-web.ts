/** Probe: onnxruntime-web runs a model of two nodes. */
import { answer } from '../../probe/answer.ts';
import { tinyInput, tinyModel, tinyOutput } from '../../probe/tiny-model.ts';
import { openInWeb } from './file.ts';

answer(async () => {
  const session = await openInWeb({ path: 'probe', bytes: tinyModel(), external: new Map() });
  tinyOutput(await session.run(tinyInput()));
  return {};
});
