import { type CpuSet, cpuSet, formatCpuSet, isSubset, without } from '../../../model/cpu-set.ts';
import { pinConfigured, pinLive } from '../../actions.ts';
import { grantedTo, type SimDomain } from '../../host.ts';
import { parseBitmap } from '../bitmap.ts';
import { type Arguments, type Command, forbidReadOnly, type Session, VirshError } from '../command.ts';
import { faultHits } from '../faults.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { textTable } from '../text-table.ts';
import { waitForJob } from '../wait-for-job.ts';

/** `vcpupin`: shows or sets the masks of a domain's vCPUs, live or in the configuration. */
export const vcpupin: Command = {
  name: 'vcpupin',
  options: [
    domainOption,
    { name: 'vcpu', kind: 'number' },
    { name: 'cpulist', kind: 'string' },
    { name: 'config', kind: 'flag' },
    { name: 'live', kind: 'flag' },
    { name: 'current', kind: 'flag' },
  ],
  changes: true,
  run: (args, session) => {
    for (const flag of ['live', 'config']) {
      if (args.has('current') && args.has(flag)) {
        throw new VirshError(`Options --current and --${flag} are mutually exclusive`);
      }
    }
    const domain = domainArgument(args, session);
    const number = vcpuNumber(args.text('vcpu'));
    const list = args.text('cpulist');
    if (list === undefined) return show(domain, number, args, session);
    if (number === undefined) throw new VirshError('vcpupin: Missing vCPU number in pin mode.');
    pin(domain, number, cpusOf(list, session), args, session);
    return '';
  },
};

function show(domain: SimDomain, number: number | undefined, args: Arguments, session: Session): string {
  const live = useLive(domain, args);
  if (number !== undefined && number >= domain.vcpus.length) {
    const which = live ? 'live' : 'persistent';
    throw new VirshError(`vcpu ${number} is out of range of ${which} cpu count ${domain.vcpus.length}`);
  }
  const all = session.host.topology.map(({ id }) => id);
  const rows = domain.vcpus
    .filter((vcpu) => number === undefined || vcpu.number === number)
    .map((vcpu) => [
      String(vcpu.number),
      formatCpuSet((live ? vcpu.pinned : vcpu.configured) ?? domain.cpuset ?? all),
    ]);
  return textTable(['VCPU', 'CPU Affinity'], rows, session.quiet);
}

function pin(domain: SimDomain, number: number, cpus: CpuSet, args: Arguments, session: Session): void {
  const named = args.has('live') || args.has('config');
  forbidReadOnly(session, named ? 'virDomainPinVcpuFlags' : 'virDomainPinVcpu');
  const live = useLive(domain, args);
  waitForJob(session, domain);
  if (!domain.vcpus.some((vcpu) => vcpu.number === number && (vcpu.online || !live))) {
    const which = live ? 'live' : 'persistent';
    throw new VirshError(
      `invalid argument: vcpu ${number} is out of range of ${which} cpu count ${domain.vcpus.length}`,
    );
  }
  const offline = without(cpus, session.host.online);
  if (live && (offline.length > 0 || faultHits(session.faults, 'pin-fails', domain.name, number))) {
    throw new VirshError(`Invalid value '${formatCpuSet(cpus)}' for 'cpuset.cpus': Invalid argument`);
  }
  const usable = grantedTo(domain, session.host);
  if (live && !isSubset(cpus, usable)) {
    throw new VirshError(`Invalid value '${formatCpuSet(cpus)}' for 'cpuset.cpus': Permission denied`);
  }
  const wanted = { uuid: domain.uuid, vcpu: number, cpus };
  if (live) session.host = pinLive(session.host, [wanted]);
  if (args.has('config') || (!live && domain.state === 'shutoff')) {
    session.host = pinConfigured(session.host, wanted);
  }
}

/** `--live` needs a running domain; without a flag the state of the domain decides. */
function useLive(domain: SimDomain, args: Arguments): boolean {
  const active = domain.state !== 'shutoff';
  if (args.has('live') && !active) {
    throw new VirshError('Requested operation is not valid: domain is not running');
  }
  return args.has('live') || (active && !args.has('config'));
}

function vcpuNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new VirshError(`Numeric value '${text}' for <vcpu> option is malformed or out of range`);
}

/** A list as virsh reads it: `r` stands for all, and no CPU may be beyond the host. */
function cpusOf(list: string, session: Session): CpuSet {
  const { topology } = session.host;
  if (list === 'r') return cpuSet(topology.map(({ id }) => id));
  const cpus = parseBitmap(list);
  if (!cpus)
    throw new VirshError(`Invalid cpulist '${list}'`, `invalid argument: Failed to parse bitmap '${list}'`);
  if (cpus.length === 0) throw new VirshError(`Invalid cpulist '${list}'`);
  const highest = cpus.at(-1) ?? 0;
  if (highest >= topology.length) {
    throw new VirshError(`CPU ${highest} in cpulist '${list}' exceed the maxcpu ${topology.length}`);
  }
  return cpus;
}
