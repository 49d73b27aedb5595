import { type CpuSet, formatCpuSet } from '../../src/model/cpu-set.ts';
import { pinLive, settle } from '../../src/simulate/actions.ts';
import { advance } from '../../src/simulate/advance.ts';
import { affinityOf, grantedTo, type Host, type SimDomain, type SimVcpu } from '../../src/simulate/host.ts';
import { VirshError } from '../../src/simulate/virsh/command.ts';
import { findCommand } from '../../src/simulate/virsh/find-command.ts';
import { parseCommand } from '../../src/simulate/virsh/parse-command.ts';
import { splitBatch } from '../../src/simulate/virsh/tokens.ts';
import { hostOf } from '../simulate/support/host-of.ts';
import type { Said } from './virsh-of.ts';

/** A simulated host in memory: tests, time and pins replace what it is. */
export type SimHost = {
  now: Host;
  /** of `now`; a vCPU that may not stay where it is finds another pCPU when these are set */
  domains: readonly SimDomain[];
  online: CpuSet;
};

/** A host with so many pCPUs, each a core of its own, and these domains. */
export function simHost(pcpus: number, domains: readonly SimDomain[]): SimHost {
  const host = hostOf(`pcpus = ${pcpus}\n[[domains]]\nname = "a scenario has one"\ndemand = 0\n`);
  return boxed(settle({ ...host, domains, nextId: 1000 }));
}

export function boxed(now: Host): SimHost {
  return {
    now,
    get domains() {
      return this.now.domains;
    },
    set domains(domains) {
      this.now = settle({ ...this.now, domains });
    },
    get online() {
      return this.now.online;
    },
    set online(online) {
      this.now = settle({ ...this.now, online });
    },
  };
}

/** A running transient domain whose vCPUs have these demands and are all pinned alike; `index` gives its id and UUID. */
export function guest(
  index: number,
  { demands = [50], affinity = [0], ...over }: Partial<SimDomain> & Pinned = {},
): SimDomain {
  return {
    uuid: guestUuid(index),
    name: `guest-${index}`,
    id: index,
    state: 'running',
    transient: true,
    cpuset: undefined,
    numatune: undefined,
    metadata: undefined,
    configuredMetadata: undefined,
    shares: 1024,
    pace: { kind: 'open' },
    vcpus: demands.map((pct, number) => guestVcpu(number, pct, affinity)),
    ...over,
  };
}

type Pinned = { readonly demands?: readonly number[]; readonly affinity?: CpuSet };

export function guestVcpu(number: number, pct: number, pinned: CpuSet): SimVcpu {
  return {
    number,
    online: true,
    demand: { kind: 'constant', pct },
    pinned,
    configured: undefined,
    atStart: undefined,
    pcpu: pinned[0] ?? 0,
    runNs: 1e10,
    delayNs: 1e9,
  };
}

export function guestUuid(index: number): string {
  return `6c0e3c5a-54d1-4b0e-9d8e-${String(index).padStart(12, '0')}`;
}

export function pass(host: SimHost, ms: number): void {
  host.now = advance(host.now, ms / 1000);
}

/** Changes the domain at this place of the list. */
export function changeDomain(host: SimHost, place: number, change: Partial<SimDomain>): void {
  host.domains = host.domains.map((domain, i) => (i === place ? { ...domain, ...change } : domain));
}

/** Changes vCPUs of the domain at this place of the list: all, or the one of this number. */
export function changeVcpu(host: SimHost, place: number, change: Partial<SimVcpu>, number?: number): void {
  const vcpus = (host.domains[place]?.vcpus ?? []).map((vcpu) =>
    number === undefined || vcpu.number === number ? { ...vcpu, ...change } : vcpu,
  );
  changeDomain(host, place, { vcpus });
}

/** What somebody else does with virsh vcpupin to vCPU 0 of the domain at this place of the list. */
export function pinByHand(host: SimHost, place: number, cpus: CpuSet): void {
  host.now = pinLive(host.now, [{ uuid: host.domains[place]?.uuid ?? '', vcpu: 0, cpus }]);
}

/** Where each vCPU may run, as virsh lists it. */
export function masksOf(host: SimHost): readonly string[] {
  return host.domains.flatMap((domain) =>
    domain.vcpus.map((vcpu) => formatCpuSet(affinityOf(vcpu, domain, grantedTo(domain, host.now)))),
  );
}

/** Leaves the times of vCPUs out of what domstats says: of those domains, or of all. */
export function withoutTimes(of: (name: string) => boolean = () => true) {
  return (command: string, { stdout = '' }: Said): Said | undefined =>
    command.startsWith('domstats')
      ? {
          stdout: stdout
            .split(/^(?=Domain: )/m)
            .map((block) =>
              of(/'(.*)'/.exec(block)?.[1] ?? '')
                ? block.replaceAll(/^ {2}vcpu\.\d+\.time=.*\n/gm, '')
                : block,
            )
            .join(''),
        }
      : undefined;
}

/** What virsh-sim prints for one command on this host. */
export function answerOf(
  host: SimHost,
  readOnly = false,
  uri = 'qemu:///system',
): (command: string) => Required<Said> {
  return (text) => {
    const [words = []] = splitBatch(text);
    const session = {
      host: host.now,
      uri,
      readOnly,
      quiet: false,
      faults: new Map(),
      pause: (ms: number) => {
        pass(host, ms);
        session.host = host.now;
      },
    };
    try {
      const { command, args } = parseCommand(words, findCommand);
      if (!command.unconnected) return { stdout: `${command.run(args, session)}\n`, stderr: '' };
      const { out = '', err } = command.run(args);
      return err === undefined
        ? { stdout: `${out}\n`, stderr: '' }
        : { stdout: out, stderr: `error: ${err}\n` };
    } catch (error) {
      if (!(error instanceof VirshError)) throw error;
      return { stdout: '\n', stderr: error.messages.map((message) => `error: ${message}\n`).join('') };
    } finally {
      host.now = session.host;
    }
  };
}
