import type { CpuSet } from '../../../model/cpu-set.ts';
import { formatCpuSet } from '../../../model/cpu-set.ts';
import { affinityOf, grantedTo, type SimVcpu } from '../../host.ts';
import type { Command } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { fieldLine } from '../text-table.ts';

/** `vcpuinfo`: for a domain that is off only what the configuration says, the rest N/A. */
export const vcpuinfo: Command = {
  name: 'vcpuinfo',
  options: [domainOption, { name: 'pretty', kind: 'flag' }],
  run: (args, session) => {
    const { topology } = session.host;
    const domain = domainArgument(args, session);
    const granted = grantedTo(domain, session.host);
    const all = topology.map(({ id }) => id);
    const active = domain.state !== 'shutoff';
    const affinity = (cpus: CpuSet): string =>
      args.has('pretty')
        ? `${formatCpuSet(cpus)} (out of ${all.length})`
        : all.map((cpu) => (cpus.includes(cpu) ? 'y' : '-')).join('');
    return domain.vcpus
      .filter((vcpu) => vcpu.online)
      .map((vcpu) =>
        active
          ? activeLines(vcpu) + fieldLine('CPU Affinity', affinity(affinityOf(vcpu, domain, granted)))
          : inactiveLines(vcpu) +
            fieldLine('CPU Affinity', affinity(vcpu.configured ?? domain.cpuset ?? all)),
      )
      .join('\n');
  },
};

function activeLines(vcpu: SimVcpu): string {
  // As virsh has it: steps of 0.1 s, and no line at all for 0.
  const tenths = Math.floor(vcpu.runNs / 1e8);
  return (
    fieldLine('VCPU', vcpu.number) +
    fieldLine('CPU', vcpu.pcpu) +
    fieldLine('State', 'running') +
    (vcpu.runNs < 1e7 ? '' : fieldLine('CPU time', `${(tenths / 10).toFixed(1)}s`))
  );
}

function inactiveLines(vcpu: SimVcpu): string {
  // No colon after `CPU time` here: that is how virsh prints it.
  return `${fieldLine('VCPU', vcpu.number)}${fieldLine('CPU', 'N/A')}${fieldLine('State', 'N/A')}CPU time        N/A\n`;
}
