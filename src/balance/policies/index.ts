import { remembering } from '../policy.ts';
import { busiest, lightest, none, spread, stddev } from './plain.ts';
import { absolute, threshold } from './threshold.ts';

/** Every policy by its name, the default first: each call makes one that remembers from cycle to cycle. */
export const policies = {
  threshold: remembering(threshold),
  absolute: remembering(absolute),
  lightest: remembering(lightest),
  spread: remembering(spread),
  busiest: remembering(busiest),
  stddev: remembering(stddev),
  none: remembering(none),
} as const;
