/** What `nascent compare` was given: run folders, and genotypes in any form. */
import type { BuiltNetwork, NamedNetworks } from '../../compare/costs.ts';
import { genotypeSide, isRunFolder, runSide } from '../../compare/read-side.ts';
import type { ReadSide } from '../../compare/read-side.ts';
import { NascentError } from '../../errors.ts';
import type { Genotype } from '../../space/space.ts';
import { isRnnGenotype } from '../../space/text/genotype-load.ts';
import type { TaskName } from '../../tasks/task.ts';
import { tasks } from '../../tasks/tasks.ts';
import { networksOf } from '../networks/network.ts';

/** Each has a letter and a column. */
const most = 8;

/**
 * @param network a network whose task decides what a name means that cells of both kinds have
 * @throws NascentError 'input/invalid' for too few or too many; 'input/unknown', 'space/invalid-genotype' for what is
 *   neither a run nor a genotype
 */
export function comparedSides(given: readonly string[], network: string | undefined): readonly ReadSide[] {
  if (given.length < 2) {
    throw new NascentError('input/invalid', `${given.length === 0 ? 'nothing' : 'one thing'} to compare`, {
      help: 'Give two or more: run folders, published cells such as DARTS_V2, genotype files.',
    });
  }
  if (given.length > most) {
    throw new NascentError('input/invalid', `${given.length} are too many to compare`, {
      help: `Give at most ${most}.`,
    });
  }
  const read = given.map((each) => (isRunFolder(each) ? runSide(each) : each));
  const meant = (network === undefined ? undefined : taskOfNetwork(network)) ?? taskOfAll(read);
  return read.map((each) => {
    if (typeof each !== 'string') return each;
    const task = taskOfGenotype(each, meant);
    return genotypeSide(each, task, tasks[task].space.load(each));
  });
}

/** The task that all are of, where what was given says so by itself. */
function taskOfAll(read: readonly (ReadSide | string)[]): TaskName | undefined {
  const own = read.map((each) => {
    if (typeof each !== 'string') return each.task;
    return isOfBoth(each) ? undefined : taskOfGenotype(each, undefined);
  });
  const known = new Set(own.filter((task) => task !== undefined));
  return known.size === 1 ? [...known][0] : undefined;
}

function taskOfGenotype(given: string, meant: TaskName | undefined): TaskName {
  if (isOfBoth(given)) return meant ?? 'images';
  return isRnnGenotype(given) ? 'text' : 'images';
}

/** A name such as DARTS_V2, which convolutional and recurrent cells have. */
function isOfBoth(given: string): boolean {
  return Object.values(tasks).every(({ space }) => space.publishedName(given.trim()) !== undefined);
}

function taskOfNetwork(name: string): TaskName | undefined {
  return Object.values(tasks).find((task) => networksOf(task.name).names.includes(name))?.name;
}

/** The networks of `nascent describe`: the one that was asked for, or that of the dataset, or the usual one. */
export function networksFor(network: string | undefined): NamedNetworks {
  return (task, dataset, genotype, asked) => {
    const { names, usual } = networksOf(task);
    if (network !== undefined && names.includes(network)) return built(task, network, genotype);
    if (asked) return undefined;
    return built(task, dataset !== undefined && names.includes(dataset) ? dataset : usual, genotype);
  };
}

function built(task: TaskName, name: string, genotype: Genotype): BuiltNetwork {
  const networks = networksOf(task);
  return {
    network: name,
    size: networks.facts(name, {}, genotype).size,
    graph: networks.graph(name, {}, genotype),
  };
}
