import { threshold } from './threshold.ts';

/** Every policy by its name. */
export const policies = { threshold } as const;
