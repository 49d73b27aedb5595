import type { ReadFile } from '../host/local-host.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { VirshOptions } from '../virsh/virsh-options.ts';
import type { RunJobs } from './simulate-task.ts';

/** All that a command may use of what is outside the program; the process edge makes it, tests make another. */
export type World = {
  /** milliseconds on CLOCK_MONOTONIC, which all processes of one boot share */
  readonly nowMs: () => number;
  /** the wall clock, for what people read */
  readonly date: () => Date;
  /** a file of this machine; undefined where it cannot be read */
  readonly readFile: ReadFile;
  /** ends at that monotonic time, or at once where `signal` is or gets aborted */
  readonly sleepUntil: (timeMs: number) => Promise<void>;
  /** calls after a while, unless the returned function is called before */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly virsh: (options: VirshOptions) => Virsh;
  /** where the state is kept, unless --state-dir says otherwise */
  readonly stateDir: string;
  /** in threads of their own */
  readonly runJobs: RunJobs;
  /** whether the program runs as root, whose files are in /etc and /var */
  readonly isRoot: boolean;
  /** the result */
  readonly out: (text: string) => void;
  /** the story */
  readonly err: (text: string) => void;
  /** aborted by SIGINT, SIGTERM and SIGHUP, and where the reader of the result has gone */
  readonly signal: AbortSignal;
  readonly terminal: {
    readonly isTty: boolean;
    /** what `--color auto` means here */
    readonly color: boolean;
    /** whether it can show block characters */
    readonly unicode: boolean;
  };
};
