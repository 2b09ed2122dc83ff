/**
 * Our side on one engine, in a process of its own, so that engines run beside each other and beside PyTorch.
 *
 * usage: main.ts <engine> <folder>. Writes the answer to question i to `<folder>/<i>.<engine>`. Exit code 75: the
 * engine does not work here, and the last line says why.
 */
import { join } from 'node:path';
import { exitCodes, NascentError } from '../../../src/errors.ts';
import { engineNames, openEngine } from '../../../src/runtime/engine.ts';
import { writeTensors } from '../exchange.ts';
import { questions } from '../questions.ts';
import { answerEvaluation } from './evaluation.ts';
import { answerSupernet } from './supernet.ts';

const [name, folder = '.'] = process.argv.slice(2);
try {
  const { runtime } = await openEngine(engineNames.find((engine) => engine === name) ?? 'reference');
  for (const [i, question] of questions().entries()) {
    const answer =
      question.kind === 'supernet'
        ? await answerSupernet(runtime, question)
        : await answerEvaluation(runtime, question);
    writeTensors(join(folder, `${i}.${name}`), answer);
  }
} catch (error) {
  if (!(error instanceof NascentError) || error.code !== 'runtime/unavailable') throw error;
  console.error(error.message);
  process.exitCode = exitCodes.stoppedResumable;
}
