/** One that gives more at once than goes from one process to another. Nothing is written to it, so that it takes no memory. */
export const open = () => () => ({
  y: { dtype: 'float32', shape: [2 ** 29 + 1], data: new Float32Array(2 ** 29 + 1) },
});
