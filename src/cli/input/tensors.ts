/** Tensor files as commands are given them. */

/** `NAME=FILE`, or a file alone: one that is there may have "=" in its name. */
export function givenTensor(text: string): { readonly name?: string; readonly file: string } {
  const at = text.indexOf('=');
  if (at <= 0) return { file: text };
  return { name: text.slice(0, at), file: text.slice(at + 1) };
}
