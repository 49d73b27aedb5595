import { expect } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { formatCpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { PlanFields, StatusFields } from '../../src/render/envelope.ts';
import type { Context } from '../../src/session/context.ts';
import { runJob } from '../../src/session/run-job.ts';
import { affinityOf, type Host } from '../../src/simulate/host.ts';
import { readerOf, type Virsh } from '../../src/virsh/runner.ts';
import { hostOf } from '../simulate/support/host-of.ts';
import { temporaryDirectory } from './executable.ts';
import { answerOf, boxed, pass } from './sim-host.ts';
import { type Said, virshOf } from './virsh-of.ts';

/** virsh-sim in memory, on a clock that stands still but for what the program waits for. */
export type SimInMemory = {
  /** Runs a command line of vcpusched on the host, as the process edge would. */
  readonly vcpusched: (
    ...args: readonly string[]
  ) => Promise<{ readonly status: number; readonly out: string; readonly err: string }>;
  /** the host as it is now */
  readonly host: () => Host;
  /** every command that reached virsh, a list for each process, marks left out */
  readonly calls: readonly (readonly string[])[];
  /** lets time pass */
  readonly pass: (seconds: number) => void;
};

export type SimOptions = {
  /** as libvirt names the connection */
  readonly uri?: string;
  /** files of the machine, by path */
  readonly files?: Readonly<Record<string, string>>;
  /** what a command says that virsh-sim does not even get */
  readonly instead?: (command: string) => Said | undefined;
  /** what a command says in place of what virsh-sim says; undefined leaves that as it is */
  readonly edit?: (command: string, said: Said) => Said | undefined;
  /** text that comes on stderr when a virsh starts */
  readonly greeting?: string;
  /** what refuses a connection of virsh; undefined where none does */
  readonly refusal?: (readonly: boolean) => string | undefined;
  readonly stateDir?: string;
};

/** @param scenario TOML, as fixtures/scenarios/README.md describes it */
export function simInMemory(
  scenario: string,
  {
    uri = 'qemu:///system',
    files = {},
    instead = () => undefined,
    edit = () => undefined,
    greeting = '',
    refusal = () => undefined,
    stateDir = temporaryDirectory(),
  }: SimOptions = {},
): SimInMemory {
  const host = boxed(hostOf(scenario));
  const calls: (readonly string[])[] = [];
  const startMs = 1000;
  const nowMs = () => startMs + host.now.nowNs / 1e6;
  const passSeconds = (seconds: number) => pass(host, Math.max(0, seconds * 1000));

  const virsh = (readonly: boolean): Virsh => {
    const answer = answerOf(host, readonly, uri);
    return async (args, signal) => {
      signal?.throwIfAborted();
      passSeconds(0.02);
      const said = { stderr: greeting, exitCode: 0, firstStderrAtMs: nowMs() };
      if (args[0] === '--version') return { ...said, stdout: '9.0.0\n' };
      const refused = refusal(readonly);
      if (refused !== undefined) return { ...said, stdout: '', stderr: refused, exitCode: 1 };
      const one = virshOf((command) => {
        const given = instead(command) ?? answer(command);
        return edit(command, given) ?? given;
      }, nowMs);
      const { stdout, stderr } = await one.virsh(args, signal);
      calls.push(...one.calls);
      return { ...said, stdout, stderr: greeting + stderr };
    };
  };

  async function vcpusched(...args: readonly string[]) {
    const output = { out: '', err: '' };
    const context: Context = {
      nowMs,
      date: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + nowMs()),
      sleepUntil: async (timeMs) => passSeconds((timeMs - nowMs()) / 1000),
      // virsh-sim answers at once: nothing is ever waited for so long.
      after: () => () => undefined,
      readFile: async (path) => files[path],
      virsh: ({ readonly }) => (readonly ? readerOf(virsh(true), virsh(false)) : virsh(false)),
      stateDir,
      runHook: async () => undefined,
      runJobs: async (jobs, _atATime, onCycle) =>
        Promise.all(jobs.map((job, i) => runJob(job, (cycle) => onCycle(i, cycle)))),
      isRoot: false,
      out: (text) => {
        output.out += text;
      },
      err: (text) => {
        output.err += text;
      },
      signal: new AbortController().signal,
      terminal: { isTty: false, color: false, unicode: false },
    };
    const status = await run(args, { VCPUSCHED_CONFIG: '/dev/null' }, context);
    return { status, ...output };
  }

  return { vcpusched, host: () => host.now, calls, pass: passSeconds };
}

/** The host as it is now, as data. */
export async function statusJson(sim: SimInMemory, ...args: readonly string[]): Promise<StatusFields> {
  return JSON.parse((await sim.vcpusched('status', '--json', ...args)).out);
}

/** The plan for the host as it is now, as data. */
export async function planJson(sim: SimInMemory, ...args: readonly string[]): Promise<PlanFields> {
  return JSON.parse((await sim.vcpusched('plan', '--json', ...args)).out);
}

/** Each move of a plan as `NAME/VCPU FROM>TO`. */
export function movesIn({ moves }: PlanFields): readonly string[] {
  return moves.map(({ domain, vcpu, from, to }) => `${domain.name}/${vcpu} ${from}>${to}`);
}

/** The loads that a status or a plan shows, pCPU by pCPU. */
export function loadsIn({ pcpus }: StatusFields): readonly number[] {
  return pcpus.map(({ loadPct }) => loadPct);
}

/** What pCPUs carry that is no guest's. */
export function backgroundsIn({ pcpus }: StatusFields): readonly number[] {
  return pcpus.map(({ backgroundPct }) => backgroundPct);
}

/** What a status or a plan shows of a vCPU, by `NAME/VCPU`. */
export function vcpuIn({ vcpus }: StatusFields, name: string): StatusFields['vcpus'][number] {
  const found = vcpus.find(({ domain, vcpu }) => `${domain.name}/${vcpu}` === name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
}

/** The pCPUs that the moves of a plan lead to. */
export function targetsIn(plan: PlanFields): readonly number[] {
  return plan.moves.flatMap(({ to }) => parseCpuList(to));
}

/** Within a point of so many per cent: times come in steps of 10 ms, of windows of 2 s. */
export function about(pct: number): number {
  return expect.closeTo(pct, -0.4);
}

/** How many pins virsh was asked for so far. */
export function pinsIn({ calls }: SimInMemory): number {
  return calls.flat().filter((command) => command.startsWith('vcpupin')).length;
}

/**
 * Runs `once` again and again, until it moves nothing: at most so many times.
 * @returns how many runs moved something
 * @throws where a run fails, or where the host never comes to rest
 */
export async function balance(sim: SimInMemory, ...args: readonly string[]): Promise<number> {
  const most = 6;
  for (let runs = 0; runs < most; runs++) {
    const before = pinsIn(sim);
    const { status, err } = await sim.vcpusched('once', ...args);
    if (status !== 0) throw new Error(`once ended with ${status}: ${err}`);
    if (pinsIn(sim) === before) return runs;
  }
  throw new Error(`after ${most} runs of once there is still something to move`);
}

/** Where each vCPU of the host may run now, as `NAME/VCPU`. */
export function affinitiesOf(sim: SimInMemory): Readonly<Record<string, string>> {
  const host = sim.host();
  return Object.fromEntries(
    host.domains.flatMap((domain) =>
      domain.vcpus
        .filter(({ online }) => online)
        .map((vcpu) => [
          `${domain.name}/${vcpu.number}`,
          formatCpuSet(affinityOf(vcpu, domain, host.online)),
        ]),
    ),
  );
}
