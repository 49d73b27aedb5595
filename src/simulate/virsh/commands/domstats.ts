import { hashText, mix } from '../../hash.ts';
import type { SimDomain, SimVcpu } from '../../host.ts';
import {
  shownCpuTimeNs,
  shownDelayNs,
  shownPolledNs,
  shownTimeNs,
  tellsPolling,
  tickNs,
} from '../../snapshot-of.ts';
import type { Arguments, Command, Session } from '../command.ts';
import { faultHits } from '../faults.ts';
import { findDomain } from '../find-domain.ts';

const flags = [
  'state',
  'cpu-total',
  'vcpu',
  'list-active',
  'list-inactive',
  'list-running',
  'list-paused',
  'list-shutoff',
  'raw',
  'enforce',
  'nowait',
];

/** `domstats`: in the order of a hash, as libvirt has it; names as they are. */
export const domstats: Command = {
  name: 'domstats',
  options: [...flags.map((name) => ({ name, kind: 'flag' }) as const), { name: 'domain', kind: 'argv' }],
  run: (args, session) => {
    const named = args.list('domain').map((text) => findDomain(session, text));
    const all = named.length > 0 ? named : [...session.host.domains].sort(byHash);
    return all
      .filter((domain) => isListed(domain, args))
      .map((domain) => record(domain, args, session))
      .join('\n');
  },
};

function byHash(a: SimDomain, b: SimDomain): number {
  return hashText(a.uuid) - hashText(b.uuid);
}

function isListed({ state }: SimDomain, args: Arguments): boolean {
  const listed = {
    running: args.has('list-running') || args.has('list-active'),
    paused: args.has('list-paused') || args.has('list-active'),
    shutoff: args.has('list-shutoff') || args.has('list-inactive'),
  };
  return listed[state] || !Object.values(listed).includes(true);
}

function record(domain: SimDomain, args: Arguments, session: Session): string {
  const everything = !args.has('state') && !args.has('cpu-total') && !args.has('vcpu');
  const fields = [
    ...(args.has('state') || everything ? stateFields(domain) : []),
    ...(args.has('cpu-total') || everything ? cpuFields(domain) : []),
    ...(args.has('vcpu') || everything ? vcpuFields(domain, session) : []),
  ];
  return `Domain: '${domain.name}'\n${fields.map((field) => `  ${field}\n`).join('')}`;
}

/** virDomainState and the usual reason: booted, paused by the user, unknown. */
function stateFields({ state }: SimDomain): readonly string[] {
  const numbers = { running: [1, 1], paused: [3, 1], shutoff: [5, 0] } as const;
  const [number, reason] = numbers[state];
  return [`state.state=${number}`, `state.reason=${reason}`];
}

/** Halt polling is not told of a domain that has a job: QEMU cannot be asked then. */
function cpuFields(domain: SimDomain): readonly string[] {
  if (domain.state === 'shutoff') return [];
  const timeNs = shownCpuTimeNs(domain);
  const systemNs = Math.min(timeNs, Math.floor((domain.otherNs ?? 0) / 1000) * 1000);
  const { successNs, failNs } = polled(
    domain.vcpus.reduce((sum, vcpu) => sum + (vcpu.online ? shownPolledNs(vcpu) : 0), 0),
  );
  return [
    `cpu.time=${timeNs}`,
    `cpu.user=${timeNs - systemNs}`,
    `cpu.system=${systemNs}`,
    'cpu.cache.monitor.count=0',
    ...(domain.job === undefined
      ? [`cpu.haltpoll.success.time=${successNs}`, `cpu.haltpoll.fail.time=${failNs}`]
      : []),
  ];
}

/** Whether there was work before the polling ended is not modelled: half and half. */
function polled(polledNs: number): { readonly successNs: number; readonly failNs: number } {
  const successNs = Math.floor(polledNs / 2);
  return { successNs, failNs: polledNs - successNs };
}

function vcpuFields(domain: SimDomain, session: Session): readonly string[] {
  const online = domain.vcpus.filter((vcpu) => vcpu.online);
  return [
    `vcpu.current=${online.length}`,
    `vcpu.maximum=${domain.vcpus.length}`,
    ...(domain.state === 'shutoff' ? [] : online.flatMap((vcpu) => oneVcpu(domain, vcpu, session))),
  ];
}

function oneVcpu(domain: SimDomain, vcpu: SimVcpu, { faults }: Session): readonly string[] {
  const { name } = domain;
  const key = `vcpu.${vcpu.number}`;
  // Vcpus that run alike do not complete their ticks at the same moment.
  const phaseNs = mix(hashText(domain.uuid), vcpu.number) % tickNs;
  const time = faultHits(faults, 'missing-time', name, vcpu.number)
    ? []
    : [`${key}.time=${shownTimeNs({ runNs: vcpu.runNs + phaseNs })}`];
  const delay = faultHits(faults, 'nodelay', name, vcpu.number) ? [] : [`${key}.delay=${shownDelayNs(vcpu)}`];
  const { successNs, failNs } = polled(shownPolledNs(vcpu));
  const polling = [`${key}.halt_poll_success_ns.sum=${successNs}`, `${key}.halt_poll_fail_ns.sum=${failNs}`];
  return [`${key}.state=1`, ...time, `${key}.wait=0`, ...delay, ...(tellsPolling(domain) ? polling : [])];
}
