/** Of how many running vCPUs it is known what they want; those that somebody has left out do not count. */
export type Coverage = {
  readonly measured: number;
  readonly running: number;
  /** of those, how many have just started, and can be measured with the next sample; none by default */
  readonly starting?: number | undefined;
  /** why one could not be measured; undefined where all were */
  readonly reason: string | undefined;
};

/** Whether so few were measured that nothing can be said of the host: less than half, or none. */
export function isTooLittle({ measured, running }: Coverage): boolean {
  return measured * 2 < running;
}

/** `measured 3 of 40 vCPUs` */
export function coverageText({ measured, running }: Coverage): string {
  return `measured ${measured} of ${running} vCPU${running === 1 ? '' : 's'}`;
}

/** What that means where it is too little, for people: `measured 0 of 3 vCPUs: too few ... (timed out)`. */
export function tooLittleText(coverage: Coverage): string {
  const why = coverage.reason === undefined ? '' : ` (${coverage.reason})`;
  return `${coverageText(coverage)}: too few to tell whether the host is balanced${why}`;
}
