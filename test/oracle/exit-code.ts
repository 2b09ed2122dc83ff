/** How our side says that a runtime does not work here: EX_TEMPFAIL of sysexits.h, which nothing else ends with. */
export const notHere = 75;
