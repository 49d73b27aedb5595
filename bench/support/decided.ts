/** Where the vCPUs stand at first. */
export const starts = ['on a quarter of the pCPUs', 'all on one', 'nearly even', 'even'] as const;

/** What decision-trial.ts prints. */
export type Decided = {
  readonly decideMs: number;
  /** to sort as many random numbers as there are vCPUs, in the same process */
  readonly sortMs: number;
  readonly moves: number;
  readonly deviationBefore: number;
  readonly deviationAfter: number;
};

export type Size = {
  readonly vcpus: number;
  readonly pcpus: number;
  readonly start: (typeof starts)[number];
  /** `flat`: no topology, domains of one vCPU; `cells`: two cells, two threads a core, an L3 for each 16 pCPUs, domains of four */
  readonly topology: 'flat' | 'cells';
};
