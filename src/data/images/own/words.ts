/** Counts and paths in what is said of a folder. */

/** So many are named; a folder can have thousands of one kind. */
const mostNamed = 5;

export function several(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The first few, and how many more there are. */
export function some(names: readonly string[], between = ', '): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).map(onOneLine).join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A name may hold a line feed, and would be two lines of a note. */
export function onOneLine(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
}
