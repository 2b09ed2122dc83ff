/** `nascent card`: the card of a model file, in Markdown. */

import { basename, dirname, join } from 'node:path';

import type { Command } from 'commander';

import type { FacedFile } from '../../evaluate/face.ts';
import { writeFileWhole } from '../../files/files.ts';
import { modelCard } from '../../report/card/card.ts';
import { cardFacts, type CardModel, type CardValue } from '../../report/card/facts.ts';
import { readRun } from '../../report/read-run.ts';
import type { OnnxValueInfo } from '../../../proto/onnx.ts';
import { givenLimits } from '../input/limits.ts';
import { isVerbose } from '../input/options.ts';
import { givenModel } from '../input/runs.ts';
import { requireOut } from '../input/out.ts';
import { print } from '../shell/output.ts';
import { work } from '../shell/work.ts';

export function registerCard(program: Command): void {
  program
    .command('card')
    .description('write the card of a model: what it is, how it does, how to load it; and print its path')
    .argument('<model>', 'an .onnx file, or the run folder that holds model.onnx')
    .option('--out <file>', 'the Markdown file to write (default: MODEL_CARD.md beside the model)')
    .action(card);
}

async function card(path: string, { out }: { readonly out?: string }, command: Command): Promise<void> {
  requireOut(out);
  const { file, modelOf } = givenModel(path);
  const face = await work(`Reading ${file}`, { verbose: isVerbose(command) }, async ({ job }) =>
    job('readFace', { model: file }, { limits: givenLimits({}) }),
  );
  const model = cardModel(face);
  const run = modelOf === undefined ? undefined : readRun(modelOf.path);
  const to = out ?? join(dirname(file), 'MODEL_CARD.md');
  await writeFileWhole(to, modelCard(cardFacts(model, run)));
  print(to);
}

function cardModel({ path, bytes, sha256, model }: FacedFile): CardModel {
  return {
    file: basename(path),
    bytes,
    sha256,
    irVersion: model.irVersion,
    opset: model.opsets.find(({ domain }) => domain === '')?.version,
    producer: [model.producerName || 'an unnamed program', model.producerVersion].join(' ').trim(),
    metadata: new Map(model.metadata),
    inputs: model.graph.inputs.map(valueOf),
    outputs: model.graph.outputs.map(valueOf),
  };
}

function valueOf({ name, type }: OnnxValueInfo): CardValue {
  if (type.kind !== 'tensor') return { name, dtype: type.kind, shape: [] };
  return { name, dtype: type.dtype, shape: (type.shape ?? []).map((extent) => extent ?? '?') };
}
