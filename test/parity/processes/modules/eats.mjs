/** One that takes all the memory there is. */
export const open = () => () => {
  const held = [];
  for (;;) held.push(new Uint8Array(2 ** 24).fill(1));
};
