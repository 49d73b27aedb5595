import { mkdirSync } from 'node:fs';
import { run } from '../../src/cli/run.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { type CpuSet, formatCpuSet } from '../../src/model/cpu-set.ts';
import { safeText } from '../../src/render/safe-text.ts';
import type { Context } from '../../src/session/context.ts';
import type { Host } from '../../src/simulate/host.ts';
import { fakeContext } from './fake-context.ts';
import { type CarriedOut, type Fault, faultyVirsh } from './faulty-virsh.ts';
import { boxed, changeVcpu, guest, type SimHost, simHost } from './sim-host.ts';

/** What one fault came to; `broken` lists what did not hold, and is empty where all did. */
export type Swept = {
  readonly command: string;
  readonly way: string;
  readonly at: number;
  readonly broken: readonly string[];
};

/** A command that faults are tried with. */
export type SweptCommand = {
  readonly name: string;
  readonly words: readonly string[];
  /** how many runs of `once` go before it */
  readonly runsBefore: number;
  /** what stands on stderr besides complaints */
  readonly log?: RegExp;
  /** one virsh is kept open for what is read */
  readonly isOpen?: true;
};

export const balance = ['--cpus', '0-2', '--exclude', 'guest-4'] as const;

/** What `watch` writes on stderr besides complaints. */
export const watchLog =
  /^(watching |cycle \d+: |(it works again|libvirt is back) after \d+ s$|last hour: |restored |nothing to restore|read the settings again: )/;

/** How a command begins: on this host, with this state, at this time. */
export type Start = { readonly host: Host; readonly stateDir: string; readonly startMs: number };

/** The affinity that every vCPU has at first, and that its domain starts with. */
export const first: CpuSet = [0];

/** Runs what goes before a command. */
export async function prepare(
  stateDir: string,
  { runsBefore }: Pick<SweptCommand, 'runsBefore'>,
): Promise<Start> {
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

/** How a command has ended. */
export type Ran = {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** what was thrown that is no message for a person */
  readonly internal: string | undefined;
  readonly host: SimHost;
  readonly nowMs: number;
};

/** Runs a command in this process. What `change` makes of its context counts. */
export async function runOn(
  host: SimHost,
  { stateDir, startMs }: Omit<Start, 'host'>,
  words: readonly string[],
  fault?: Fault,
  change: (context: Context, stop: AbortController) => Partial<Context> = () => ({}),
): Promise<Ran> {
  const given = fakeContext({ host, stateDir, startMs });
  const virsh: Context['virsh'] = (options) => faultyVirsh(host, given.context, options, fault);
  const plain = { ...given.context, virsh };
  const context = { ...plain, ...change(plain, given.stop) };
  const ended = await run(words, { VCPUSCHED_CONFIG: '/dev/null' }, context).then(
    (status) => ({ status, message: '', internal: undefined }),
    (error: unknown) => {
      const told = (status: number, text: string) => ({
        status,
        message: `vcpusched: ${safeText(text)}\n`,
        internal: undefined,
      });
      if (error instanceof VcpuschedError) return told(error.status, error.message);
      // As src/main.ts has it, where a signal came.
      if (given.stop.signal.aborted) return told(terminated, 'interrupted before anything was pinned');
      return { status: exitStatus.failed, message: '', internal: String(error) };
    },
  );
  const { status, message, internal } = ended;
  const { out, err } = given.output;
  return { status, internal, out: out(), err: err() + message, host, nowMs: given.context.nowMs() + 1 };
}

/** The exit status of a command that SIGTERM has ended. */
export const terminated = 143;

/** No command of virsh goes wrong, and pins are counted. */
export function noFault(pins: CarriedOut[]): Fault {
  const way = { name: 'none', fits: () => false, happen: () => ({}) };
  return { way, at: 0, count: 0, touched: undefined, pins };
}

/** What is wrong with how a command ended, whatever happened to it. */
export function complaints(who: string, { status, err, internal }: Ran, log?: RegExp): readonly string[] {
  const isDocumented = [...Object.values<number>(exitStatus), terminated].includes(status);
  const odd = err.split('\n').filter((line) => line !== '' && !/^vcpusched: /.test(line) && !log?.test(line));
  return [
    ...(isDocumented ? [] : [`${who}ended with ${status}`]),
    ...(internal === undefined ? [] : [`${who}internal error: ${internal}`]),
    ...odd.map((line) => `${who}stderr has ${JSON.stringify(line)}`),
  ];
}

/** What was said and is not so. */
export function lies({ err }: Ran, pins: readonly CarriedOut[]): readonly string[] {
  // Of a watch one cycle may pin, and another one not.
  const isLie =
    pins.length > 0 &&
    !err.includes('watching ') &&
    /nothing (is|was) pinned|before anything was pinned/.test(err);
  return isLie ? [`${pins.length} pins, and it says: ${err}`] : [];
}

/** Each pin that no plan may have. */
export function wrongPins(pins: readonly CarriedOut[]): readonly string[] {
  return pins.flatMap(({ uuid, vcpu, cpus }) => {
    const isAllowed = cpus.every((cpu) => cpu < 3) && !uuid.endsWith('4');
    return isAllowed ? [] : [`pinned ${uuid} vCPU ${vcpu} to ${formatCpuSet(cpus)}`];
  });
}

/** Each vCPU of a running domain that is not where it was at first, and for which nothing excuses that. */
export function misplaced(
  { domains }: SimHost,
  isExcused: (vcpu: Placed) => boolean = () => false,
): readonly string[] {
  return domains
    .filter(({ state }) => state === 'running')
    .flatMap(({ name, uuid, vcpus }) =>
      vcpus.flatMap(({ number, pinned = [] }) => {
        const mask = formatCpuSet(pinned);
        return mask === formatCpuSet(first) || isExcused({ name, uuid, vcpu: number, mask })
          ? []
          : [`${name} vCPU ${number} is left on ${mask}`];
      }),
    );
}

type Placed = {
  readonly name: string;
  readonly uuid: string;
  readonly vcpu: number;
  readonly mask: string;
};
