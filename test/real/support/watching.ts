import type { PrivateHost } from './private-host.ts';
import { type ProgramResult, startVcpusched } from './program.ts';
import { until } from './until.ts';

/** What the tests look at in an envelope of `--json`. */
export type Envelope = {
  readonly moves: readonly {
    readonly domain: { readonly uuid: string; readonly name: string };
    readonly vcpu: number;
    readonly to: string;
    readonly done?: boolean;
    readonly error?: string | null;
  }[];
  readonly vcpus: readonly {
    readonly domain: { readonly uuid: string; readonly name: string };
    readonly vcpu: number;
    readonly usagePct?: number;
    readonly demandPct?: number;
    readonly reading: string;
  }[];
  readonly leftAlone: readonly { readonly domain: { readonly uuid: string }; readonly reason: string }[];
  readonly summary: string;
};

export type Watching = {
  /** what each cycle has said so far */
  readonly cycles: () => readonly Envelope[];
  readonly stderr: () => string;
  /** waits until so many cycles more have been told, and returns those */
  readonly next: (count: number) => Promise<readonly Envelope[]>;
  /** the moves of the first cycle that has any; rejects, with what the cycles said instead, after so many */
  readonly firstMoves: (withinCycles: number) => Promise<Envelope['moves']>;
  readonly end: (signal?: 'SIGTERM' | 'SIGINT') => Promise<ProgramResult>;
  /** by SIGKILL, at once */
  readonly kill: () => void;
};

/** Starts `vcpusched watch SECONDS --json` on a host. */
export function startWatch(host: PrivateHost, seconds: number, ...more: readonly string[]): Watching {
  const program = startVcpusched(host, ['watch', `${seconds}`, '--json', ...more]);
  const cycles = (): readonly Envelope[] => envelopes(program.stdout());
  const next = async (count: number): Promise<readonly Envelope[]> => {
    const told = cycles().length;
    const enough = async (): Promise<boolean> => cycles().length >= told + count;
    await until(
      `${count} cycles more of watch (stderr: ${program.stderr()})`,
      (count + 3) * seconds * 1000 + 5000,
      enough,
    );
    return cycles().slice(told, told + count);
  };
  const firstMoves = async (withinCycles: number): Promise<Envelope['moves']> => {
    const quiet: string[] = [];
    while (quiet.length < withinCycles) {
      const [cycle] = await next(1);
      if (cycle !== undefined && cycle.moves.length > 0) return cycle.moves;
      quiet.push(cycle?.summary ?? '');
    }
    throw new Error(`no move in ${withinCycles} cycles: ${quiet.join('; ')}`);
  };
  return { cycles, firstMoves, stderr: program.stderr, next, end: program.end, kill: program.kill };
}

/** The envelopes of a watch, one a line; a line that has not ended yet is left out. */
function envelopes(stdout: string): readonly Envelope[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Envelope);
}
