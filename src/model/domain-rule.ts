import type { Limit } from './limit.ts';

/** What somebody in charge says of a domain; what they do not say is undefined. */
export type DomainRule = {
  /** the pCPUs that its vCPUs may be pinned to, and who says so */
  readonly cpus?: Limit | undefined;
  /** the higher, the rather its vCPUs are left where they are; below 0 they are moved as if that cost nothing */
  readonly priority?: number | undefined;
  /** how long a vCPU that has been moved stays where it is */
  readonly cooldown?: Cooldown | undefined;
};

/** How long, and who says so. */
export type Cooldown = { readonly seconds: number; readonly by: string };
