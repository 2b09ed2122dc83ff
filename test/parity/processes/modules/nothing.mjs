/** No runtime. */
export const opens = () => undefined;
