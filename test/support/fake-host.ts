import { parseCpuList } from '../../src/model/cpu-set.ts';
import type { Said } from './virsh-of.ts';

/** A libvirt host in memory: what it is, changed in place by tests, by time and by pins. */
export type FakeHost = {
  /** how many pCPUs there are */
  readonly pcpus: number;
  /** the online ones, ascending */
  online: readonly number[];
  domains: FakeDomain[];
  /** of each pCPU, the nanoseconds that it was busy and those that there were */
  readonly times: Map<number, { busyNs: bigint; totalNs: bigint }>;
};

export type FakeDomain = {
  readonly uuid: string;
  readonly name: string;
  id: number;
  persistent: boolean;
  /** what stands in its XML, live and inactive */
  xml: string;
  state: 'running' | 'paused';
  /** by number */
  readonly vcpus: Map<number, FakeVcpu>;
};

export type FakeVcpu = {
  demandPct: number;
  affinity: readonly number[];
  lastPcpu: number;
  /** undefined: libvirt does not tell */
  timeNs: bigint | undefined;
  delayNs: bigint | undefined;
};

export function fakeHost(pcpus: number, domains: readonly FakeDomain[]): FakeHost {
  const times = range(pcpus).map((pcpu) => [pcpu, { busyNs: 0n, totalNs: 0n }] as const);
  return { pcpus, online: range(pcpus), domains: [...domains], times: new Map(times) };
}

/** Running, each vCPU with this demand and this affinity; the UUID tells `index` apart. */
export function fakeDomain(
  index: number,
  over: { name?: string; demands?: readonly number[]; affinity?: readonly number[] } = {},
): FakeDomain {
  const { name = `guest-${index}`, demands = [50], affinity = [0] } = over;
  const vcpus = demands.map((demandPct, number): [number, FakeVcpu] => [
    number,
    { demandPct, affinity, lastPcpu: affinity[0] ?? 0, timeNs: 10n ** 10n, delayNs: 10n ** 9n },
  ]);
  return {
    uuid: fakeUuid(index),
    name,
    id: index,
    persistent: false,
    xml: '',
    state: 'running',
    vcpus: new Map(vcpus),
  };
}

export function fakeUuid(index: number): string {
  return `6c0e3c5a-54d1-4b0e-9d8e-${String(index).padStart(12, '0')}`;
}

/** Lets time pass: a pCPU gives its vCPUs what they want, or the same part of it where that is too much. */
export function pass(host: FakeHost, ms: number): void {
  const vcpus = host.domains.flatMap(({ state, vcpus: all }) =>
    state === 'running' ? [...all.values()] : [],
  );
  for (const pcpu of host.online) {
    const mine = vcpus.filter(({ lastPcpu }) => lastPcpu === pcpu);
    const wantedPct = mine.reduce((sum, { demandPct }) => sum + demandPct, 0);
    for (const vcpu of mine) {
      const ranPct = vcpu.demandPct * Math.min(1, 100 / wantedPct);
      const ns = (pct: number) => BigInt(Math.round(pct * ms * 1e4));
      if (vcpu.timeNs !== undefined) vcpu.timeNs += ns(ranPct);
      if (vcpu.delayNs !== undefined) vcpu.delayNs += ns(vcpu.demandPct - ranPct);
    }
    const times = host.times.get(pcpu);
    if (times === undefined) continue;
    times.busyNs += BigInt(Math.round(Math.min(100, wantedPct) * ms * 1e4));
    times.totalNs += BigInt(Math.round(ms * 1e6));
  }
}

/** What virsh prints for one command on this host; undefined for a command that vcpusched has no business with. */
export function answerOf(host: FakeHost, readonly = false): (command: string) => Said | undefined {
  return (command) => {
    const [verb = '', ...words] = command.split(' ');
    if (command === 'domstats --state --vcpu --cpu-total --list-running --nowait')
      return { stdout: domstats(host) };
    if (verb === 'nodecpustats' && words[0] === '--cpu') return nodecpustats(host, Number(words[1]));
    if (command === 'list --all --uuid --name') return { stdout: list(host) };
    if (command === 'list --uuid --name') return { stdout: list(host) };
    if (command === 'list --uuid --name --persistent')
      return { stdout: list({ ...host, domains: host.domains.filter(({ persistent }) => persistent) }) };
    if (command === 'nodecpumap') return { stdout: nodecpumap(host) };
    if (command === 'uri') return { stdout: 'qemu:///system\n\n' };
    if (command === 'capabilities') return { stdout: capabilities(host) };
    if (command === 'echo unchanged') return { stdout: 'unchanged\n' };
    if (verb === 'vcpuinfo' && words.length === 1)
      return withDomain(host, words[0], (domain) => vcpuinfo(host, domain));
    if (verb === 'domid' && words.length === 1)
      return withDomain(host, words[0], ({ id }) => ({ stdout: `${id}\n\n` }));
    if (verb === 'dumpxml' && (words.length === 1 || words[1] === '--inactive'))
      return withDomain(host, words[0], (domain) => ({ stdout: dumpxml(domain, words.length === 1) }));
    const pin = /^vcpupin --domain (\S+) --vcpu (\d+) --cpulist (\S+) --live$/.exec(command);
    if (pin === null) return undefined;
    if (readonly)
      return { stderr: 'error: operation forbidden: read only access prevents virDomainPinVcpuFlags\n' };
    return withDomain(host, pin[1], (domain) =>
      vcpupin(host, domain, Number(pin[2]), parseCpuList(pin[3] ?? '')),
    );
  };
}

function withDomain(host: FakeHost, uuid: string | undefined, say: (domain: FakeDomain) => Said): Said {
  const domain = host.domains.find((each) => each.uuid === uuid);
  return domain === undefined ? { stderr: `error: failed to get domain '${uuid}'\n` } : say(domain);
}

function vcpupin(host: FakeHost, domain: FakeDomain, number: number, cpus: readonly number[]): Said {
  const vcpu = domain.vcpus.get(number);
  if (vcpu === undefined) return { stderr: `error: invalid argument: vcpu ${number} is out of range\n` };
  const offline = cpus.find((cpu) => !host.online.includes(cpu));
  if (offline !== undefined)
    return { stderr: `error: Invalid value '${offline}' for 'cpuset.cpus': Invalid argument\n` };
  vcpu.affinity = cpus;
  if (!cpus.includes(vcpu.lastPcpu)) vcpu.lastPcpu = cpus[0] ?? 0;
  return { stdout: '\n' };
}

function nodecpumap(host: FakeHost): string {
  const { pcpus, online } = host;
  return `CPUs present:   ${pcpus}\nCPUs online:    ${online.length}\nCPU map:        ${mask(host, online)}\n\n`;
}

function nodecpustats(host: FakeHost, pcpu: number): Said {
  const times = host.times.get(pcpu);
  if (times === undefined || !host.online.includes(pcpu))
    return {
      stderr: 'error: Unable to get node cpu stats\nerror: Invalid cpuNum in virHostCPUGetStatsLinux\n',
    };
  const idle = times.totalNs - times.busyNs;
  return { stdout: `user: ${times.busyNs}\nsystem: 0\nidle: ${idle}\niowait: 0\n\n` };
}

function vcpuinfo(host: FakeHost, { vcpus }: FakeDomain): Said {
  const blocks = [...vcpus].map(
    ([number, { affinity, lastPcpu }]) =>
      `VCPU:           ${number}\nCPU:            ${lastPcpu}\nState:          running\nCPU Affinity:   ${mask(host, affinity)}\n\n`,
  );
  return { stdout: blocks.join('') };
}

function dumpxml({ id, name, xml }: FakeDomain, live: boolean): string {
  return `<domain type='qemu'${live ? ` id='${id}'` : ''}>\n<name>${name}</name>\n${xml}</domain>\n\n`;
}

function domstats({ domains }: FakeHost): string {
  const blocks = domains
    .filter(({ state }) => state === 'running')
    .map(({ name, vcpus }) => {
      const fields = [...vcpus].flatMap(([n, { timeNs, delayNs }]) => [
        `  vcpu.${n}.state=1\n`,
        timeNs === undefined ? '' : `  vcpu.${n}.time=${timeNs}\n`,
        delayNs === undefined ? '' : `  vcpu.${n}.delay=${delayNs}\n`,
      ]);
      const sumNs = [...vcpus.values()].reduce((sum, { timeNs }) => sum + (timeNs ?? 0n), 0n);
      return `Domain: '${name}'\n  state.state=1\n  cpu.time=${sumNs}\n  vcpu.current=${vcpus.size}\n${fields.join('')}\n`;
    });
  return `${blocks.join('')}\n`;
}

function list({ domains }: FakeHost): string {
  return `${domains.map(({ uuid, name }) => `${uuid} ${name}\n`).join('')}\n`;
}

function capabilities({ online }: FakeHost): string {
  const cpus = online.map(
    (id) => `<cpu id='${id}' socket_id='0' die_id='0' core_id='${id}' siblings='${id}'/>`,
  );
  return `<capabilities><host><topology><cells num='1'><cell id='0'><cpus num='${online.length}'>${cpus.join('')}</cpus></cell></cells></topology></host></capabilities>\n`;
}

function mask(host: FakeHost, cpus: readonly number[]): string {
  return range(host.pcpus)
    .map((cpu) => (cpus.includes(cpu) ? 'y' : '-'))
    .join('');
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
