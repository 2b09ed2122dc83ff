/** One that is off by a thousandth. */
export const open = () => ({
  run: async ({ x }) => ({ y: { ...x, data: x.data.map((value) => 1.001 * Math.max(0, value)) } }),
});
