import { formatCpuSet } from '../../../model/cpu-set.ts';
import type { Attributes, SimDomain } from '../../host.ts';
import type { Command } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { escapeXml } from './echo.ts';
import { attributesXml } from './metadata.ts';

/** `dumpxml`: the domain as it runs, or with `--inactive` as it is configured. */
export const dumpxml: Command = {
  name: 'dumpxml',
  options: [domainOption, { name: 'inactive', kind: 'flag' }],
  run: (args, session) => {
    const domain = domainArgument(args, session);
    return domainXml(domain, domain.state !== 'shutoff' && !args.has('inactive'));
  },
};

function domainXml(domain: SimDomain, live: boolean): string {
  // A transient domain has no configuration: what runs is shown in its place.
  const asItRuns = live || domain.transient;
  const current = domain.vcpus.filter((vcpu) => vcpu.online).length;
  const maximum = domain.vcpus.length;
  return `<domain type='qemu'${live ? ` id='${domain.id}'` : ''}>
  <name>${escapeXml(domain.name)}</name>
  <uuid>${domain.uuid}</uuid>
${metadataXml(asItRuns ? domain.metadata : domain.configuredMetadata)}  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'${domain.cpuset ? ` cpuset='${formatCpuSet(domain.cpuset)}'` : ''}${current < maximum ? ` current='${current}'` : ''}>${maximum}</vcpu>
${live ? vcpusXml(domain) : ''}${cputuneXml(domain, asItRuns)}${numatuneXml(domain)}  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
</domain>
`;
}

function metadataXml(metadata: Attributes | undefined): string {
  if (metadata === undefined) return '';
  return `  <metadata>
    <vcpusched:domain xmlns:vcpusched="urn:vcpusched:domain"${attributesXml(metadata)}/>
  </metadata>
`;
}

function numatuneXml({ numatune }: SimDomain): string {
  if (numatune === undefined) return '';
  const { mode, cells } = numatune;
  return `  <numatune>\n    <memory mode='${mode}' nodeset='${formatCpuSet(cells)}'/>\n  </numatune>\n`;
}

/** libvirt lists the vCPUs one by one only where some are not plugged in. */
function vcpusXml({ vcpus }: SimDomain): string {
  if (vcpus.every((vcpu) => vcpu.online)) return '';
  let order = 0;
  const lines = vcpus.map(({ number, online }) => {
    const plugged = online ? `enabled='yes'` : `enabled='no'`;
    const place = online ? ` order='${++order}'` : '';
    return `    <vcpu id='${number}' ${plugged} hotpluggable='${number === 0 ? 'no' : 'yes'}'${place}/>\n`;
  });
  return `  <vcpus>\n${lines.join('')}  </vcpus>\n`;
}

function cputuneXml({ shares, vcpus }: SimDomain, live: boolean): string {
  const pins = vcpus.flatMap((vcpu) => {
    const cpus = live ? vcpu.pinned : vcpu.configured;
    return cpus ? [`    <vcpupin vcpu='${vcpu.number}' cpuset='${formatCpuSet(cpus)}'/>\n`] : [];
  });
  const weight = shares === 1024 ? '' : `    <shares>${shares}</shares>\n`;
  return weight || pins.length > 0 ? `  <cputune>\n${weight}${pins.join('')}  </cputune>\n` : '';
}
