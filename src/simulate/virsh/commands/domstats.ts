import { hashText } from '../../hash.ts';
import type { SimDomain, SimVcpu } from '../../host.ts';
import { shownDelayNs, shownTimeNs } from '../../snapshot-of.ts';
import type { Arguments, Command, Session } from '../command.ts';
import { faultHits } from '../faults.ts';
import { findDomain } from '../find-domain.ts';

const flags = [
  'state',
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
  const everything = !args.has('state') && !args.has('vcpu');
  const fields = [
    ...(args.has('state') || everything ? stateFields(domain) : []),
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

function vcpuFields(domain: SimDomain, session: Session): readonly string[] {
  const online = domain.vcpus.filter((vcpu) => vcpu.online);
  return [
    `vcpu.current=${online.length}`,
    `vcpu.maximum=${domain.vcpus.length}`,
    ...(domain.state === 'shutoff' ? [] : online.flatMap((vcpu) => oneVcpu(domain, vcpu, session))),
  ];
}

function oneVcpu({ name }: SimDomain, vcpu: SimVcpu, { faults }: Session): readonly string[] {
  const key = `vcpu.${vcpu.number}`;
  const time = faultHits(faults, 'missing-time', name, vcpu.number)
    ? []
    : [`${key}.time=${shownTimeNs(vcpu)}`];
  const delay = faultHits(faults, 'nodelay', name, vcpu.number) ? [] : [`${key}.delay=${shownDelayNs(vcpu)}`];
  return [`${key}.state=1`, ...time, `${key}.wait=0`, ...delay];
}
