import type { CpuSet } from './cpu-set.ts';

/** What somebody in charge says of a domain; what they do not say is undefined. */
export type DomainRule = {
  /** the pCPUs that its vCPUs may be pinned to, and who says so */
  readonly cpus?: { readonly set: CpuSet; readonly by: string } | undefined;
  /** of two vCPUs that one has to go without, the one with the higher priority is served */
  readonly priority?: number | undefined;
  /** how long a vCPU that has been moved stays where it is */
  readonly cooldown?: Cooldown | undefined;
};

/** How long, and who says so. */
export type Cooldown = { readonly seconds: number; readonly by: string };
