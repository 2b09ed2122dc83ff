/**
 * Our side on one engine, in a process of its own, so that engines run beside each other and beside PyTorch.
 *
 * usage: main.ts <engine> <folder>. Writes the answer to question i to `<folder>/<i>.<engine>`. Exit code 75: the
 * engine does not work here, and the last line says why.
 */
import { join } from 'node:path';
import { NascentError } from '../../../src/errors.ts';
import { notHere } from '../exit-code.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { engineNames, openEngine } from '../../../src/runtime/engine.ts';
import { writeTensors } from '../exchange.ts';
import { allQuestions, type AnyQuestion } from '../all-questions.ts';
import type { Answer } from './answer.ts';
import { answerEvaluation } from './evaluation.ts';
import { answerRecurrent } from './recurrent.ts';
import { answerRecurrentSearch } from './recurrent-search.ts';
import { answerSupernet } from './supernet.ts';

const [name, folder = '.'] = process.argv.slice(2);
try {
  const { runtime } = await openEngine(engineNames.find((engine) => engine === name) ?? 'reference');
  for (const [i, question] of allQuestions().entries()) {
    writeTensors(join(folder, `${i}.${name}`), await answerTo(runtime, question));
  }
} catch (error) {
  if (!(error instanceof NascentError) || error.code !== 'runtime/unavailable') throw error;
  console.error(error.message);
  process.exitCode = notHere;
}

async function answerTo(runtime: Runtime, question: AnyQuestion): Promise<Answer> {
  switch (question.kind) {
    case 'supernet':
      return answerSupernet(runtime, question);
    case 'evaluation':
      return answerEvaluation(runtime, question);
    case 'recurrent search':
      return answerRecurrentSearch(runtime, question);
    case 'recurrent':
      return answerRecurrent(runtime, question);
  }
}
