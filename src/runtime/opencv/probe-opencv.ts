/** Probe: OpenCV runs a model of two nodes. */
import { answer } from '../probe/answer.ts';
import { tinyInput, tinyModel, tinyOutput } from '../probe/tiny-model.ts';
import { openInOpenCv } from './file.ts';

answer(async () => {
  const session = await openInOpenCv({ path: 'probe', bytes: tinyModel(), external: new Map() });
  tinyOutput(await session.run(tinyInput()));
  return {};
});
