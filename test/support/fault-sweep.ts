import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/cli/run.ts';
import { exitStatus, VcpuschedError } from '../../src/errors.ts';
import { type CpuSet, formatCpuSet } from '../../src/model/cpu-set.ts';
import { safeText } from '../../src/render/safe-text.ts';
import type { Host } from '../../src/simulate/host.ts';
import { fakeContext } from './fake-context.ts';
import { byHand, type Fault, faultyVirsh, ways } from './faulty-virsh.ts';
import { boxed, changeVcpu, guest, type SimHost, simHost } from './sim-host.ts';

/** What one fault came to; `broken` lists what did not hold, and is empty where all did. */
export type Swept = {
  readonly command: string;
  readonly way: string;
  readonly at: number;
  readonly broken: readonly string[];
};

/**
 * Runs a command again and again on a host in memory. In the N-th run the N-th virsh command that the way fits goes
 * wrong, N = 1, 2, … until a run in which it never comes to that. After each run the host is well again, and
 * `vcpusched restore` follows.
 * @param folder for state files
 */
export async function* sweepFaults(folder: string, command: SweptCommand): AsyncGenerator<Swept> {
  const start = await prepare(join(folder, 'start'), command);
  for (const way of ways) {
    for (let at = 1; ; at++) {
      const fault: Fault = { way, at, count: 0, touched: undefined, pins: [] };
      const stateDir = join(folder, 'run');
      cpSync(start.stateDir, stateDir, { recursive: true });
      const broken = await tryFault({ ...start, stateDir }, command, fault);
      rmSync(stateDir, { recursive: true });
      if (fault.count < at) break;
      yield { command: command.name, way: way.name, at, broken };
    }
  }
}

export type SweptCommand = {
  readonly name: string;
  readonly words: readonly string[];
  /** how many runs of `once` go before it */
  readonly runsBefore: number;
  /** what stands on stderr besides complaints */
  readonly log?: RegExp;
};

const balance = ['--cpus', '0-2', '--exclude', 'guest-4'] as const;

export const sweptCommands: readonly SweptCommand[] = [
  { name: 'once', words: ['once', ...balance], runsBefore: 0 },
  {
    name: 'watch',
    words: ['watch', '5', '--cycles', '2', ...balance],
    runsBefore: 0,
    log: /^(watching |cycle \d+: |(it works again|libvirt is back) after \d+ s$)/,
  },
  { name: 'restore', words: ['restore'], runsBefore: 1 },
  { name: 'restore --last', words: ['restore', '--last'], runsBefore: 2 },
  {
    name: 'record',
    words: ['record', 'FILE', '--for', '5', '--every', '5'],
    runsBefore: 0,
    log: /^recorded /,
  },
];

type Start = { readonly host: Host; readonly stateDir: string; readonly startMs: number };

/** The affinity that every vCPU has at first, and that its domain starts with. */
const first: CpuSet = [0];

/** Four pCPUs of which the last is not allowed; four vCPUs on one, and a domain that is excluded. */
function crowded(): SimHost {
  const host = simHost(4, [
    guest(1, { demands: [45, 35], affinity: first, transient: false }),
    guest(2, { demands: [40], affinity: first, transient: false }),
    guest(4, { demands: [20], affinity: first, transient: false }),
  ]);
  for (const place of host.domains.keys()) changeVcpu(host, place, { atStart: first });
  return host;
}

async function prepare(stateDir: string, { runsBefore }: SweptCommand): Promise<Start> {
  mkdirSync(stateDir, { mode: 0o700 });
  let start: Start = { host: crowded().now, stateDir, startMs: 1000 };
  for (let i = 0; i < runsBefore; i++) {
    const { host, nowMs } = await runOn(boxed(start.host), start, ['once', ...balance]);
    // What moved has less to do, so that the next run has something to move.
    for (const [place, { vcpus }] of host.domains.entries())
      for (const { number, pcpu } of vcpus)
        changeVcpu(
          host,
          place,
          { demand: { kind: 'constant', pct: pcpu === 0 ? 15 : 90 - 40 * number } },
          number,
        );
    start = { ...start, host: host.now, startMs: nowMs };
  }
  return start;
}

async function tryFault(start: Start, command: SweptCommand, fault: Fault): Promise<readonly string[]> {
  const host = boxed(start.host);
  const words = command.words.map((word) =>
    word === 'FILE' ? join(start.stateDir, 'recording.ndjson') : word,
  );
  const faulty = await runOn(host, start, words, fault);
  // Where nothing was ever pinned, all is to be as it was without a restore.
  const isPinned = fault.pins.length > 0 || command.runsBefore > 0;
  const restored = isPinned
    ? await runOn(host, { ...start, startMs: faulty.nowMs }, ['restore'])
    : { status: exitStatus.done, err: '', internal: undefined };
  return [
    ...complaints('', faulty, command.log),
    ...complaints('restore: ', restored),
    ...fault.pins.flatMap(({ uuid, vcpu, cpus }) => {
      const isAllowed = cpus.every((cpu) => cpu < 3) && !uuid.endsWith('4');
      return isAllowed ? [] : [`pinned ${uuid} vCPU ${vcpu} to ${formatCpuSet(cpus)}`];
    }),
    ...(restored.status === 0 ? [] : [`restore ended with ${restored.status}: ${restored.err}`]),
    ...misplaced(host, fault, faulty.err + restored.err),
  ];
}

function complaints(who: string, { status, err, internal }: Ran, log?: RegExp): readonly string[] {
  const isDocumented = Object.values<number>(exitStatus).includes(status);
  const odd = err.split('\n').filter((line) => line !== '' && !/^vcpusched: /.test(line) && !log?.test(line));
  return [
    ...(isDocumented ? [] : [`${who}ended with ${status}`]),
    ...(internal === undefined ? [] : [`${who}internal error: ${internal}`]),
    ...odd.map((line) => `${who}stderr has ${JSON.stringify(line)}`),
  ];
}

/**
 * Each vCPU that is not where it was at first. One that somebody else has pinned may be where that one pinned it; one
 * that libvirt says to be elsewhere is somebody's for all that vcpusched can know, and may stay if that is told.
 */
function misplaced({ domains }: SimHost, { touched, way }: Fault, told: string): readonly string[] {
  return domains
    .filter(({ state }) => state === 'running')
    .flatMap(({ name, uuid, vcpus }) =>
      vcpus.flatMap(({ number, pinned = [] }) => {
        const mask = formatCpuSet(pinned);
        const isByHand = way.touches === 'pins' && uuid === touched && mask === formatCpuSet(byHand);
        const isTold =
          way.touches === 'belief' &&
          uuid === touched &&
          told.includes(`vcpusched: left alone: ${name} vCPU ${number}: `);
        return mask === formatCpuSet(first) || isByHand || isTold
          ? []
          : [`${name} vCPU ${number} is left on ${mask}`];
      }),
    );
}

type Ran = {
  readonly status: number;
  readonly err: string;
  /** what was thrown that is no message for a person */
  readonly internal: string | undefined;
};

async function runOn(
  host: SimHost,
  { stateDir, startMs }: Omit<Start, 'host'>,
  words: readonly string[],
  fault?: Fault,
): Promise<Ran & { readonly host: SimHost; readonly nowMs: number }> {
  const given = fakeContext({ host, stateDir, startMs });
  const context = {
    ...given.context,
    virsh: (options: Parameters<typeof given.context.virsh>[0]) =>
      faultyVirsh(host, given.context, options, fault),
  };
  const ended = await run(words, { VCPUSCHED_CONFIG: '/dev/null' }, context).then(
    (status) => ({ status, message: '', internal: undefined }),
    (error: unknown) =>
      error instanceof VcpuschedError
        ? { status: error.status, message: `vcpusched: ${safeText(error.message)}\n`, internal: undefined }
        : { status: exitStatus.failed, message: '', internal: String(error) },
  );
  const { status, message, internal } = ended;
  return { status, internal, err: given.output.err() + message, host, nowMs: given.context.nowMs() + 1 };
}
