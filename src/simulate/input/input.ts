import type { Host } from '../host.ts';

/** What policies are tried on: a host, with all that is to happen to it. */
export type Input = {
  /** the file it was read from */
  readonly name: string;
  readonly host: Host;
  /** how long there is something to see */
  readonly seconds: number;
};
