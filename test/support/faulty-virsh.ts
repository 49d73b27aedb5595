import { type CpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { Context } from '../../src/session/context.ts';
import { pinLive, startDomain, stopDomain } from '../../src/simulate/actions.ts';
import { spawnFailure, timeoutFailure } from '../../src/virsh/failures.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import type { VirshOptions } from '../../src/virsh/virsh-options.ts';
import { answerOf, type SimHost } from './sim-host.ts';
import type { Said } from './virsh-of.ts';

/** A virsh in memory that does one thing wrong, once: at the N-th of the commands that the way fits. */
export function faultyVirsh(
  host: SimHost,
  { nowMs, sleepUntil }: Pick<Context, 'nowMs' | 'sleepUntil'>,
  options: VirshOptions,
  fault: Fault | undefined,
): Virsh {
  return async ([text = ''], signal) => {
    signal?.throwIfAborted();
    await sleepUntil(nowMs() + 30);
    const output = { stdout: '', stderr: '' };
    let exitCode = 0;
    const commands = text.split(';');
    const doesPin = commands.some(isPin);
    for (const [i, command] of commands.entries()) {
      const answer = () => run(host, options, command, fault);
      const isOneOfMany = fault?.way.losesAll === true && !doesPin && i > 0;
      const isHit =
        fault !== undefined && !command.startsWith('echo') && !isOneOfMany && hits(fault, command);
      const said: Ending = isHit ? fault.way.happen({ command, answer, host, options }) : answer();
      if (said.isSilent) Object.assign(output, { stdout: '', stderr: '' });
      output.stdout += said.stdout ?? '';
      output.stderr += said.stderr ?? '';
      if (said.takesMs !== undefined) await sleepUntil(nowMs() + said.takesMs);
      if (said.failure !== undefined) throw said.failure;
      exitCode = said.stderr?.startsWith('error: ') && !command.startsWith('echo') ? 1 : 0;
      if (said.isEnd) return { ...output, exitCode: 1, firstStderrAtMs: nowMs() };
    }
    return { ...output, exitCode, firstStderrAtMs: nowMs() };
  };
}

export type Fault = {
  readonly way: Way;
  /** which of the commands that the way fits, from 1 */
  readonly at: number;
  /** how many of them there were so far */
  count: number;
  /** the domain that somebody else has touched, by UUID */
  touched: string | undefined;
  /** each pin that vcpusched has had carried out */
  readonly pins: CarriedOut[];
};

export type CarriedOut = { readonly uuid: string; readonly vcpu: number; readonly cpus: CpuSet };

/** A way in which a command of virsh goes wrong. */
export type Way = {
  readonly name: string;
  readonly fits: (command: string) => boolean;
  readonly happen: (call: Call) => Ending;
  /** nothing that virsh says comes through: where it only reads, all of its commands are one case */
  readonly losesAll?: true;
  /** what it does to the domain of the command, besides to the answer */
  readonly touches?: 'pins' | 'start' | 'belief';
};

type Call = {
  readonly command: string;
  /** carries the command out */
  readonly answer: () => Said;
  readonly host: SimHost;
  readonly options: VirshOptions;
};

type Ending = Said & {
  /** virsh ends here */
  readonly isEnd?: boolean;
  /** nothing of what it has said before comes through */
  readonly isSilent?: boolean;
  readonly takesMs?: number;
  readonly failure?: Error;
};

function run(host: SimHost, { readonly }: VirshOptions, command: string, fault: Fault | undefined): Said {
  const mark = /^echo (--err )?(\S+)$/.exec(command);
  if (mark !== null)
    return mark[1] === undefined ? { stdout: `${mark[2]}\n` } : { stderr: `error: ${mark[2]}\n` };
  const said = answerOf(host, readonly)(command);
  const pin = pinIn(command);
  if (pin !== undefined && said.stderr === '') fault?.pins.push(pin);
  return said;
}

function hits(fault: Fault, command: string): boolean {
  if (!fault.way.fits(command)) return false;
  fault.count++;
  if (fault.count !== fault.at) return false;
  if (fault.way.touches !== undefined) fault.touched = domainOf(command);
  return true;
}

function pinIn(command: string): CarriedOut | undefined {
  const [, uuid = '', vcpu, cpus = ''] =
    /^vcpupin --domain (\S+) --vcpu (\d+) --cpulist (\S+)/.exec(command) ?? [];
  return vcpu === undefined ? undefined : { uuid, vcpu: Number(vcpu), cpus: parseCpuList(cpus) };
}

const anyUuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A command that is about no domain, or about all, stands for the first one. */
function domainOf(command: string): string {
  return command.match(anyUuid)?.[0] ?? '6c0e3c5a-54d1-4b0e-9d8e-000000000001';
}

const always = () => true;
const isPin = (command: string) => pinIn(command) !== undefined;

const isStats = (command: string) => command.startsWith('domstats ');

/** virsh answers something else than it would. */
function edited(change: (stdout: string) => string): Way['happen'] {
  return ({ answer }) => {
    const said = answer();
    return { ...said, stdout: change(said.stdout ?? '') };
  };
}

/** The pCPU that somebody else pins to; vcpusched is not allowed it. */
export const byHand: CpuSet = [3];

export const ways: readonly Way[] = [
  {
    name: 'virsh cannot be started',
    fits: always,
    losesAll: true,
    happen: ({ options }) => ({ failure: spawnFailure(options, { code: 'EACCES' }) }),
  },
  {
    name: 'hangs until the deadline',
    fits: always,
    losesAll: true,
    happen: ({ options }) => ({ takesMs: options.timeoutMs, failure: timeoutFailure(options) }),
  },
  {
    name: 'is killed after it',
    fits: always,
    losesAll: true,
    happen: ({ answer, options }) => {
      answer();
      return { failure: spawnFailure(options, { signal: 'SIGKILL' }) };
    },
  },
  {
    name: 'fails with a complaint',
    fits: always,
    happen: () => ({ stdout: '\n', stderr: 'error: internal error: a fault\n' }),
  },
  {
    name: 'ends with 1, without a word',
    fits: always,
    losesAll: true,
    happen: ({ answer }) => {
      answer();
      return { isSilent: true, isEnd: true };
    },
  },
  {
    name: 'is cut in half, and ends',
    fits: always,
    happen: ({ answer }) => {
      const { stdout = '' } = answer();
      return { stdout: stdout.slice(0, stdout.length >> 1), isEnd: true };
    },
  },
  { name: 'answers garbage', fits: always, happen: () => ({ stdout: '\u0000\ufffd\u009b31m=:\n<a>\n\n' }) },
  { name: 'answers nothing', fits: always, happen: () => ({ stdout: '' }) },
  {
    name: 'answers twice',
    fits: (command) => !isPin(command),
    happen: ({ answer }) => {
      const { stdout = '', stderr = '' } = answer();
      return { stdout: stdout + stdout, stderr };
    },
  },
  {
    name: 'answers for another domain',
    fits: (command) => !isPin(command) && command.match(anyUuid)?.length === 1,
    touches: 'belief',
    happen: ({ command, host, options }) => {
      const own = domainOf(command);
      const other = host.domains.find(({ uuid }) => uuid !== own)?.uuid ?? own;
      return answerOf(host, options.readonly)(command.replace(own, other));
    },
  },
  {
    name: 'the time of a vCPU is missing',
    fits: isStats,
    happen: edited((stdout) => stdout.replace(/^ {2}vcpu\.0\.time=.*\n/m, '')),
  },
  {
    name: 'all times are missing',
    fits: isStats,
    happen: edited((stdout) => stdout.replace(/^ {2}.*\.(?:time|delay)=.*\n/gm, '')),
  },
  {
    name: 'all times are 0',
    fits: isStats,
    happen: edited((stdout) => stdout.replace(/\.(time|delay)=\d+/g, '.$1=0')),
  },
  {
    name: 'all times jump ahead',
    fits: isStats,
    happen: edited((stdout) => stdout.replace(/\.(time|delay)=\d+/g, '$&000')),
  },
  {
    name: 'where a vCPU runs is missing',
    fits: (command) => command.startsWith('vcpuinfo '),
    happen: edited((stdout) => stdout.replace(/^CPU: .*\n/m, '')),
  },
  {
    name: 'a pCPU goes offline before it',
    fits: always,
    happen: ({ answer, host }) => {
      host.online = host.online.filter((cpu) => cpu !== 2);
      return answer();
    },
  },
  { name: 'a pin: success, but not done', fits: isPin, happen: () => ({ stdout: '\n' }) },
  {
    name: 'a pin: done, but a complaint',
    fits: isPin,
    happen: ({ answer }) => {
      answer();
      return { stdout: '\n', stderr: 'error: internal error: a fault\n' };
    },
  },
  {
    name: 'a pin: changed by somebody after it',
    fits: isPin,
    touches: 'pins',
    happen: ({ command, answer, host }) => {
      const said = answer();
      const pin = pinIn(command);
      if (pin !== undefined) host.now = pinLive(host.now, [{ ...pin, cpus: byHand }]);
      return said;
    },
  },
  {
    name: 'the domain stops before it',
    fits: always,
    touches: 'start',
    happen: ({ command, answer, host }) => {
      host.now = stopDomain(host.now, domainOf(command));
      return answer();
    },
  },
  {
    name: 'the domain restarts before it',
    fits: always,
    touches: 'start',
    happen: ({ command, answer, host }) => {
      host.now = startDomain(stopDomain(host.now, domainOf(command)), domainOf(command));
      return answer();
    },
  },
];
