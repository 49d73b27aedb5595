import { formatCpuSet } from '../../../model/cpu-set.ts';
import { type Attributes, type Bandwidth, type SimDomain, usualPartition } from '../../host.ts';
import type { Command } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { escapeXml } from './echo.ts';
import { attributesXml } from './metadata.ts';
import { deviceAddress } from './nodedev-dumpxml.ts';

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
${metadataXml(asItRuns ? domain.metadata : domain.configuredMetadata)}  <memory unit='KiB'>${memoryKib}</memory>
  <currentMemory unit='KiB'>${memoryKib}</currentMemory>
  <vcpu placement='static'${domain.cpuset ? ` cpuset='${formatCpuSet(domain.cpuset)}'` : ''}${current < maximum ? ` current='${current}'` : ''}>${maximum}</vcpu>
${live ? vcpusXml(domain) : ''}${cputuneXml(domain, asItRuns)}${numatuneXml(domain)}${partitionXml(domain, asItRuns)}  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
${cpuXml(domain)}  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
${devicesXml(domain)}</domain>
`;
}

function metadataXml(metadata: Attributes | undefined): string {
  if (metadata === undefined) return '';
  return `  <metadata>
    <vcpusched:domain xmlns:vcpusched="urn:vcpusched:domain"${attributesXml(metadata)}/>
  </metadata>
`;
}

function numatuneXml({ numatune, memnodes = [] }: SimDomain): string {
  const memory =
    numatune && `    <memory mode='${numatune.mode}' nodeset='${formatCpuSet(numatune.cells)}'/>\n`;
  const nodes = memnodes.map(
    ({ mode, cells }, cell) =>
      `    <memnode cellid='${cell}' mode='${mode}' nodeset='${formatCpuSet(cells)}'/>\n`,
  );
  return element('numatune', [memory ?? '', ...nodes]);
}

/** An element of the domain with these lines in it; nothing where there are none. */
function element(name: string, lines: readonly string[]): string {
  const content = lines.join('');
  return content === '' ? '' : `  <${name}>\n${content}  </${name}>\n`;
}

/** The one that libvirt chooses itself is not in a configuration. */
function partitionXml({ partition }: SimDomain, asItRuns: boolean): string {
  return partition === undefined || (partition === usualPartition && !asItRuns)
    ? ''
    : `  <resource>\n    <partition>${partition}</partition>\n  </resource>\n`;
}

/** The threads of its cores, and its cells with the vCPUs of each. */
function cpuXml({ guestThreads, memnodes = [], vcpus }: SimDomain): string {
  if (guestThreads === undefined && memnodes.length === 0) return '';
  const cores = vcpus.length / (guestThreads ?? 1);
  const topology =
    guestThreads && `    <topology sockets='1' dies='1' cores='${cores}' threads='${guestThreads}'/>\n`;
  const cellKib = Math.floor(memoryKib / Math.max(1, memnodes.length));
  const cells = memnodes.map(
    (each, id) =>
      `      <cell id='${id}' cpus='${formatCpuSet(each.vcpus)}' memory='${cellKib}' unit='KiB'/>\n`,
  );
  const numa = cells.length === 0 ? '' : `    <numa>\n${cells.join('')}    </numa>\n`;
  return `  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>qemu64</model>
${topology ?? ''}${numa}  </cpu>
`;
}

const memoryKib = 1_048_576;

function devicesXml({ devices = [] }: SimDomain): string {
  return element(
    'devices',
    devices.map(
      (device) => `    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        ${deviceAddress(device)}
      </source>
    </hostdev>
`,
    ),
  );
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

/** In libvirt's order. @source virDomainCputuneDefFormat in libvirt's src/conf/domain_conf.c */
function cputuneXml({ shares, quota, emulatorpin, realtime = [], vcpus }: SimDomain, live: boolean): string {
  const pins = vcpus.flatMap((vcpu) => {
    const cpus = live ? vcpu.pinned : vcpu.configured;
    return cpus ? [`    <vcpupin vcpu='${vcpu.number}' cpuset='${formatCpuSet(cpus)}'/>\n`] : [];
  });
  const weight = shares === 1024 ? '' : `    <shares>${shares}</shares>\n`;
  const emulator = emulatorpin && `    <emulatorpin cpuset='${formatCpuSet(emulatorpin)}'/>\n`;
  const scheduled = realtime.map(
    (each) =>
      `    <vcpusched vcpus='${formatCpuSet(each.vcpus)}' scheduler='${each.scheduler}' priority='${each.priority}'/>\n`,
  );
  return element('cputune', [
    weight,
    bandwidthXml('', quota?.vcpu),
    bandwidthXml('global_', quota?.global),
    ...pins,
    emulator ?? '',
    ...scheduled,
  ]);
}

function bandwidthXml(prefix: string, bandwidth: Bandwidth | undefined): string {
  if (bandwidth === undefined) return '';
  const { periodUs, quotaUs } = bandwidth;
  return `    <${prefix}period>${periodUs}</${prefix}period>\n    <${prefix}quota>${quotaUs}</${prefix}quota>\n`;
}
