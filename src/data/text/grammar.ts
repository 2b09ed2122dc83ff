/**
 * Text written by a small grammar, for tests and for trying things out where there is no text: `--data grammar`.
 *
 * It is made so that how often words come says little and what came before says much: verbs agree in number with
 * subjects that stand several words away, verbs choose the kind of their object, pronouns and possessives go back to the
 * person that a scene's title names, and quotations close as they opened. Like WikiText it has titles (`= … =`) and blank
 * lines. About 180 words. The texts in fixtures/text are these.
 */

import { Random } from '../../random.ts';
import type { Split } from './releases.ts';

interface Noun {
  readonly one: string;
  readonly many: string;
}

interface Verb extends Noun {
  readonly objects: readonly Noun[];
}

/** Read as: the thing, in the singular and in the plural. */
const nouns = (text: string): readonly Noun[] =>
  text.split(' ').map((entry) => {
    const [one = '', many = `${one}s`] = entry.split('/');
    return { one, many };
  });

const people = nouns(
  'baker farmer doctor teacher sailor painter king/kings queen child/children neighbour soldier miller tailor',
);
const animals = nouns('horse dog cat goat sheep/sheep wolf/wolves fox/foxes crow goose/geese bear');
const food = nouns('apple loaf/loaves cake pear cheese fish/fish onion plum egg');
const things = nouns('book lamp knife/knives letter coin key rope basket chair coat');
const places = [
  'village',
  'river',
  'market',
  'forest',
  'harbour',
  'mill',
  'bridge',
  'castle',
  'garden',
  'well',
];
const names = {
  she: ['anna', 'clara', 'edith', 'greta', 'ida'],
  he: ['bruno', 'david', 'felix', 'hugo', 'karl'],
} as const;

const verbs: readonly Verb[] = [
  { one: 'eats', many: 'eat', objects: food },
  { one: 'bakes', many: 'bake', objects: food },
  { one: 'buys', many: 'buy', objects: [...food, ...things] },
  { one: 'sells', many: 'sell', objects: things },
  { one: 'carries', many: 'carry', objects: things },
  { one: 'finds', many: 'find', objects: things },
  { one: 'feeds', many: 'feed', objects: animals },
  { one: 'follows', many: 'follow', objects: [...animals, ...people] },
  { one: 'meets', many: 'meet', objects: people },
  { one: 'thanks', many: 'thank', objects: people },
];
const motions = nouns('walks/walk runs/run rides/ride returns/return');
const ways = ['to', 'across', 'around', 'towards'];
const adjectives = ['old', 'young', 'red', 'small', 'quiet', 'tall', 'brave', 'grey', 'clever', 'hungry'];
const times = [
  ['in', 'the', 'morning'],
  ['at', 'night'],
  ['every', 'day'],
  ['after', 'the', 'rain'],
  ['before', 'winter'],
];
const numerals = ['two', 'three', 'four', 'seven'];

/** Scenes in each text. */
const scenes: { readonly [S in Split]: number } = { train: 330, valid: 50, test: 50 };

/** One of the three texts of `--data grammar`. Always the same. */
export function grammarText(split: Split): string {
  const random = new Random(1).fork(`grammar ${split}`);
  let text = '';
  for (let i = 0; i < scenes[split]; i++) text += `${scene(random).join('\n')}\n`;
  return text;
}

/** A title between blank lines, and a few sentences that begin with the one it names. */
function scene(random: Random): readonly string[] {
  const pronoun = random.bernoulli(0.5) ? 'she' : 'he';
  const name = pick(random, names[pronoun]);
  const place = pick(random, places);
  const lines = ['', `= ${name} and the ${place} =`, ''];
  const count = 3 + random.integer(5);
  for (let i = 0; i < count; i++) lines.push(sentence(random, name, pronoun, place, i));
  return lines;
}

function sentence(random: Random, name: string, pronoun: 'she' | 'he', place: string, index: number): string {
  const own = pronoun === 'she' ? 'her' : 'his';
  const kind = random.uniform();
  const words: string[] = [];
  if (index === 0 || kind < 0.4) {
    words.push(index > 0 && random.bernoulli(0.75) ? pronoun : name, ...predicate(random, 0, own, place));
  } else if (kind < 0.8) {
    const number = random.integer(2);
    words.push(...subject(random, number, place), ...predicate(random, number, own, place));
  } else {
    const number = random.integer(2);
    const said = [...subject(random, number, place), ...predicate(random, number, own, place)];
    words.push(random.bernoulli(0.5) ? pronoun : name, 'says', '"', ...said, '"');
  }
  if (random.bernoulli(0.25)) words.push(...pick(random, times));
  return `${words.join(' ')} .`;
}

/** A verb that agrees with the subject (0: one, 1: many), and its object or aim. */
function predicate(random: Random, number: number, own: string, place: string): readonly string[] {
  if (random.bernoulli(0.3)) {
    const motion = form(pick(random, motions), number);
    return [motion, pick(random, ways), 'the', random.bernoulli(0.7) ? place : pick(random, places)];
  }
  const verb = pick(random, verbs);
  const object = pick(random, verb.objects);
  return [form(verb, number), ...phrase(random, object, random.integer(2), own)];
}

/** People or animals, often with something between them and their verb. */
function subject(random: Random, number: number, place: string): readonly string[] {
  const words = [...phrase(random, pick(random, random.bernoulli(0.6) ? people : animals), number)];
  if (random.bernoulli(0.3)) words.push('near', 'the', place);
  if (random.bernoulli(0.2)) {
    const verb = pick(random, verbs);
    words.push('that', form(verb, number), ...phrase(random, pick(random, verb.objects), random.integer(2)));
  }
  return words;
}

/** A noun with what goes before it. */
function phrase(random: Random, noun: Noun, number: number, own = 'the'): readonly string[] {
  const article = random.uniform();
  const first = article < 0.6 ? 'the' : article < 0.75 ? own : number === 0 ? 'one' : pick(random, numerals);
  const adjective = random.bernoulli(0.3) ? [pick(random, adjectives)] : [];
  return [first, ...adjective, form(noun, number)];
}

function form(word: Noun, number: number): string {
  return number === 0 ? word.one : word.many;
}

/** One of `choices`, the first more often than the last: as words come, 1, 1/2, 1/3… (Zipf 1935). */
function pick<T>(random: Random, choices: readonly T[]): T {
  const total = choices.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  let left = random.uniform() * total;
  for (const [i, choice] of choices.entries()) {
    left -= 1 / (i + 1);
    if (left < 0) return choice;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new Error('internal: nothing to pick from');
  return last;
}
