import { remembering } from '../remembering.ts';
import { busiest } from './busiest.ts';
import { lightest } from './lightest.ts';
import { none } from './none.ts';
import { spread } from './spread.ts';
import { stddev } from './stddev.ts';
import { threshold } from './threshold.ts';

/** Every policy by its name, the default first: each call makes one that remembers from cycle to cycle. */
export const policies = {
  threshold: remembering(threshold),
  lightest: remembering(lightest),
  spread: remembering(spread),
  busiest: remembering(busiest),
  stddev: remembering(stddev),
  none: remembering(none),
} as const;
