import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { readScenario } from '../../src/simulate/scenario/read-scenario.ts';
import { runVirsh } from '../../src/simulate/virsh/run-virsh.ts';
import { createState } from '../../src/simulate/virsh/state-dir.ts';
import { temporaryDirectory } from './executable.ts';

const bin = (name: string) => fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));

/** The built program. */
export const program = bin('vcpusched');

/** virsh's work-alike, as --virsh takes it. */
export const virshSim = bin('virsh-sim');

export type Ended = {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

/** A simulated host in a directory that goes with the test, and the built program to run on it. */
export type Sim = {
  readonly uri: string;
  /** where the program keeps its state, unless a test says otherwise */
  readonly stateDir: string;
  readonly vcpusched: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
  /** starts the program and leaves it running */
  readonly start: (args: readonly string[], options?: StartOptions) => ReturnType<typeof started>;
  /** what virsh-sim says by hand, without a process of its own */
  readonly virsh: (...args: readonly string[]) => Promise<string>;
  /** the pCPUs that each vCPU may use, as `NAME/VCPU PCPUS` */
  readonly affinities: () => Promise<readonly string[]>;
  /** the words of each virsh call of the program so far, but for second readers */
  readonly calls: () => readonly (readonly string[])[];
  /** what goes wrong from now on, as `virsh-sim help` has it */
  readonly fault: (faults: string) => void;
};

/** @param scenario TOML */
export async function sim(scenario: string): Promise<Sim> {
  const parent = temporaryDirectory();
  const file = join(parent, 'scenario.toml');
  writeFileSync(file, scenario);
  const directory = join(parent, 'host');
  createState(directory, readScenario(file));
  const uri = `sim://${directory}`;
  const words = (args: readonly string[]) => ['-c', uri, '--virsh', virshSim, ...args];
  // The program names the host with -c; by hand it comes from the environment, which tells the calls apart.
  const virsh = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, output } = runVirsh(args, { LIBVIRT_DEFAULT_URI: uri });
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${output.map(({ err }) => err).join('')}`);
    return output.map(({ out }) => out).join('');
  };
  const stateDir = join(parent, 'state');
  const own = { VCPUSCHED_STATE_DIR: stateDir };
  return {
    uri,
    stateDir,
    vcpusched: (args, env) => vcpusched(words(args), { ...own, ...env }),
    start: (args, { detached, env } = {}) => started(words(args), { detached, env: { ...own, ...env } }),
    virsh,
    affinities: async () => {
      const rows = (await virsh('list', '--uuid', '--name')).split('\n').filter((line) => line !== '');
      const [, ...pins] = (await virsh(rows.map((row) => `vcpupin ${row.slice(0, 36)}`).join(';'))).split(
        'VCPU ',
      );
      return rows.flatMap((row, i) =>
        [...(pins[i] ?? '').matchAll(/^ (\d+) +(\S+)$/gm)].map(
          ([, n, cpus]) => `${row.slice(37)}/${n} ${cpus}`,
        ),
      );
    },
    calls: () =>
      readFileSync(join(directory, 'calls.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as string[])
        .filter((call) => call.includes('-c'))
        .filter((call, i, all) => !isSecondReader(call, all.slice(0, i))),
    fault: (faults) => writeFileSync(join(directory, 'fault'), faults),
  };
}

/**
 * Whether this virsh was asked only because another one had not begun to answer within some seconds, as happens on a
 * slow machine (src/virsh/ask-twice.ts): it has the same batch, of which the mark tells. What pins has no second.
 */
function isSecondReader(call: readonly string[], earlier: readonly (readonly string[])[]): boolean {
  const markOf = (words: readonly string[]) => /;echo ([0-9a-f]{8})\.0;/.exec(words.at(-1) ?? '')?.[1];
  const mark = markOf(call);
  const pins = call.at(-1)?.includes('vcpupin') === true;
  return mark !== undefined && !pins && earlier.some((each) => markOf(each) === mark);
}

/** Runs the built program to its end; nothing of the caller's environment changes the outcome. */
export async function vcpusched(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(program, args, {
    env: { ...bare, ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
  return { status: exitCode, stdout, stderr };
}

type StartOptions = {
  readonly detached?: boolean | undefined;
  readonly env?: Readonly<Record<string, string>>;
};

/** On a slow machine a restore at the end takes its time: it is not to be killed meanwhile. */
function started(args: readonly string[], { detached = false, env }: StartOptions) {
  const options = { extendEnv: false, reject: false, forceKillAfterDelay: false } as const;
  return execa(program, args, { ...options, env: { ...bare, ...env }, detached });
}

/** The program keeps its state where it goes with the tests, and nothing on this machine. */
const bare = {
  PATH: process.env['PATH'] ?? '',
  VCPUSCHED_CONFIG: '/dev/null',
  VCPUSCHED_STATE_DIR: join(temporaryDirectory(), 'state'),
};

/** Domains of one vCPU each. */
export function domains(count: number, demand: number, affinity: number | 'in-turn' | 'all'): string {
  const where = typeof affinity === 'number' ? `${affinity}` : `"${affinity}"`;
  return `[[domains]]\nname = "guest-%d"\ncount = ${count}\ndemand = ${demand}\naffinity = ${where}\n`;
}

/** Waits for what the program does in its own time; a test that waits in vain is ended by its timeout. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

/** Waits until a stream has brought a text. */
export async function told(stream: Readable, text: string): Promise<void> {
  let all = '';
  stream.on('data', (chunk) => {
    all += chunk;
  });
  await until(() => all.includes(text));
}
