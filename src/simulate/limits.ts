/**
 * What may be simulated, so that what is absurd ends in a message and not in hours or in all the memory. Each is many
 * times what hosts have.
 */

/** Seconds: a hundred days. Beyond 104 of them a number does not hold whole nanoseconds. */
export const mostSeconds = 8_640_000;

/** vCPUs of a host, all domains together. */
export const mostVcpus = 65_536;

/** Changes of demand in the time of a scenario: some minutes of work. */
export const mostChanges = 1e9;

/** Cycles times vCPUs and pCPUs, in one run: some hours of work. */
export const mostVcpuCycles = 1e10;

/** Bytes of a scenario or a trace: they are read whole. */
export const mostTextBytes = 256 * 1024 ** 2;
