/** How many things a list of sentences tells of: the last may say how many more there are. */
export function counted(sentences: readonly string[]): number {
  return sentences.reduce((sum, sentence) => {
    const [, more] = /^and (\d+) more( \w+)?$/.exec(sentence) ?? [];
    return sum + (more === undefined ? 1 : Number(more));
  }, 0);
}
