import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../../../src/virsh/command.ts';
import { capabilities } from '../../../src/virsh/commands/capabilities.ts';
import { daemonVersion } from '../../../src/virsh/commands/daemon-version.ts';
import { domid } from '../../../src/virsh/commands/domid.ts';
import { domstats } from '../../../src/virsh/commands/domstats.ts';
import { dumpxml, dumpxmlInactive } from '../../../src/virsh/commands/dumpxml.ts';
import { list, listPersistent } from '../../../src/virsh/commands/list.ts';
import { listAll } from '../../../src/virsh/commands/list-all.ts';
import { nodecpumap } from '../../../src/virsh/commands/nodecpumap.ts';
import { nodecpustats } from '../../../src/virsh/commands/nodecpustats.ts';
import { pciDeviceCell } from '../../../src/virsh/commands/nodedev-dumpxml.ts';
import { uri } from '../../../src/virsh/commands/uri.ts';
import { vcpuinfo } from '../../../src/virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../../../src/virsh/commands/vcpupin.ts';
import { prepareGuest, removeGuests, startGuests, xmlFile } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { type Recorder, recorder } from './recorder.ts';

/**
 * Records each command that vcpusched runs, as one virsh prints it, over one libvirtd and over the test driver.
 * @param place the folder of fixtures/versions
 * @param virsh the words that run it
 */
export async function recordVersion(
  host: PrivateHost,
  place: string,
  virsh: readonly string[],
): Promise<void> {
  await startGuests(host, guests);
  await prepareGuest(host, off);
  await host.virsh('define', xmlFile(host, off.uuid));
  // Sparse numbers: 0, 1 and 3 are online.
  await host.virsh('setvcpu', uuid.hotplug, '3', '--enable', '--live');
  await sleep(2000);

  const { record, finish } = await recorder(host, `versions/${place}/qemu`, virsh);
  await record('version', { globals: [], args: ['--version'] });
  await record('version--daemon', { args: daemonVersion.words });
  await recordHost(record, ['-c', 'qemu:///system'], [0, 1, 2]);
  await recordKnownTimes(host, record);
  // What `list --uuid` printed in 10.7.
  await record('list--uuid--table', { args: ['list', '--uuid', '--table'] });
  const none = { domain: 0xfe, bus: 0xfe, slot: 0, function: 0 };
  await record('nodedev-dumpxml.none', { args: pciDeviceCell(none).words });
  for (const [name, each] of Object.entries(uuid))
    if (name !== 'energy') await recordDomain(record, name, each);
  await recordPins(record);
  await recordFailures(record);
  await recordSessions(record);
  await finish();
  await removeGuests(host);

  const testDriver = await recorder(host, `versions/${place}/test-driver`, virsh);
  await recordHost(testDriver.record, ['-c', 'test:///default'], [0, 1]);
  await recordDomain(testDriver.record, 'test', '6695eb01-f6a4-8304-79aa-97f2502e193f', [
    '-c',
    'test:///default',
  ]);
  await writeFile(`${host.directory}/energy.xml`, energy);
  const define = `define ${host.directory}/energy.xml; dumpxml energy`;
  await testDriver.record('dumpxml.energy', { globals: ['-q', '-c', 'test:///default'], args: [define] });
  await testDriver.finish();
}

const uuid = {
  web: '6c0e3c5a-54d1-4b0e-9d8e-000000000070',
  quoted: '6c0e3c5a-54d1-4b0e-9d8e-000000000071',
  hotplug: '6c0e3c5a-54d1-4b0e-9d8e-000000000072',
  off: '6c0e3c5a-54d1-4b0e-9d8e-000000000073',
  energy: '6c0e3c5a-54d1-4b0e-9d8e-000000000074',
  gone: '6c0e3c5a-54d1-4b0e-9d8e-0000000000ff',
};

const guests = [
  {
    name: 'web',
    uuid: uuid.web,
    vcpus: [{ duty: 12 }, { duty: 4, phase: 32 }],
    persistent: true,
    cpuset: '0-1',
    configuredPins: ['0', '1'],
    pins: ['1'],
    cputune:
      '<period>100000</period><quota>40000</quota><global_period>100000</global_period>' +
      "<global_quota>150000</global_quota><emulatorpin cpuset='1'/>",
    more:
      "<metadata><vcpusched:domain xmlns:vcpusched='urn:vcpusched:domain' priority='5'/></metadata>" +
      "<numatune><memory mode='strict' nodeset='0'/></numatune>" +
      "<cpu mode='custom' match='exact'><model>qemu64</model><topology sockets='1' cores='1' threads='2'/></cpu>",
  },
  { name: `it's "quoted"`, uuid: uuid.quoted, vcpus: [{ duty: 6, phase: 16 }], pins: ['0'] },
  { name: 'hotplug', uuid: uuid.hotplug, vcpus: [{ duty: 2 }, { duty: 0 }], maxVcpus: 6, persistent: true },
];
const off = { name: 'off', uuid: uuid.off, vcpus: [{ duty: 4 }], persistent: true, configuredPins: ['0'] };

/** libvirt 12.4 and later know energytune, for KVM and in the test driver; others drop it. */
const energy = `<domain type='test'><name>energy</name><uuid>${uuid.energy}</uuid><memory>1024</memory><vcpu>2</vcpu>
  <cputune><vcpupin vcpu='0' cpuset='1'/><energytune vcpus='0'><monitor vcpus='0'/></energytune></cputune>
  <os><type>hvm</type></os></domain>`;

async function recordHost(
  record: Recorder['record'],
  globals: readonly string[],
  pcpus: readonly number[],
): Promise<void> {
  const commands: Readonly<Record<string, Command<unknown>>> = {
    domstats,
    list,
    'list--persistent': listPersistent,
    'list--all': listAll,
    nodecpumap,
    uri,
    capabilities,
  };
  for (const [name, { words }] of Object.entries(commands)) await record(name, { globals, args: words });
  for (const pcpu of pcpus) await record(`nodecpustats.${pcpu}`, { globals, args: nodecpustats(pcpu).words });
}

/** A pCPU whose times are known: in ticks of 10 ms, 1200 of user and nice, 313 of system, irq and softirq, 990 of guests. */
async function recordKnownTimes(host: PrivateHost, record: Recorder['record']): Promise<void> {
  const times = '1000 200 300 4000 50 6 7 80 900 90';
  await writeFile(`${host.directory}/stat`, `cpu  ${times}\ncpu0 ${times}\ncpu1 ${times}\n`);
  const stat = join(host.root, 'proc/stat');
  await host.inside('mount', '--bind', `${host.directory}/stat`, stat);
  await record('nodecpustats.known', { args: nodecpustats(0).words });
  await host.inside('umount', stat);
}

async function recordDomain(
  record: Recorder['record'],
  name: string,
  domain: string,
  globals: readonly string[] = ['-c', 'qemu:///system'],
): Promise<void> {
  const commands = { vcpuinfo, domid, dumpxml, 'dumpxml--inactive': dumpxmlInactive };
  for (const [command, make] of Object.entries(commands))
    await record(`${command}.${name}`, { globals, args: make(domain).words });
}

/** Two that succeed and four that do not, and what vcpuinfo says afterwards. */
async function recordPins(record: Recorder['record']): Promise<void> {
  const pins = [
    vcpupin(uuid.web, 0, [0]),
    vcpupin(uuid.web, 1, [0, 1]),
    vcpupin(uuid.web, 7, [0]),
    vcpupin(uuid.web, 0, [99]),
    vcpupin(uuid.off, 0, [0]),
    vcpupin(uuid.gone, 0, [0]),
    vcpuinfo(uuid.web),
  ];
  const batch = pins.map(({ words }, i) => `${words.join(' ')};echo 5eed5eed.${i};echo --err 5eed5eed.${i}`);
  await record('batch.pins', { args: [batch.join(';')] });
  await record('batch.pins--readonly', { globals: ['-r', '-c', 'qemu:///system'], args: [batch.join(';')] });
}

async function recordFailures(record: Recorder['record']): Promise<void> {
  const marked = (command: string) => `${command};echo 5eed5eed.0;echo --err 5eed5eed.0`;
  const at = (socket: string) => ['-c', `qemu+unix:///system?socket=/nonexistent/${socket}`];
  const args = [marked('uri')];
  await record('failure.unknown-command', { args: [marked('nosuch')] });
  await record('failure.unknown-option', { args: [marked('list --nosuch')] });
  await record('failure.daemon-down', { globals: at('libvirt-sock'), args });
  await record('failure.no-read-only-socket', { globals: ['-r', ...at('libvirt-sock-ro')], args });
  await record('failure.not-permitted', { args, unprivileged: true });
}

/** What virsh prints where it is kept open and reads its commands line by line. */
async function recordSessions(record: Recorder['record']): Promise<void> {
  const line = `domstate ${uuid.web}; domid ${uuid.gone}; echo --err MARK; echo MARK\n`;
  // At its end virsh writes its history into the cache folder, with VIRSH_HISTSIZE=0 too.
  const env = { INPUTRC: '/dev/null', VIRSH_HISTSIZE: '0', XDG_CACHE_HOME: '/run/libvirt' };
  const open = { args: [], env };
  const quiet = { ...open, globals: ['-q', '-c', 'qemu:///system'] };
  const twice = [[line, 2]] as const;
  await record('session', { ...quiet, stdin: twice });
  await record('session.banner', { ...open, stdin: twice });
  await record('session.dumb', { ...quiet, env: { ...quiet.env, TERM: 'dumb' }, stdin: twice });
  await record('session.columns', { ...quiet, env: { ...quiet.env, COLUMNS: '100000' }, stdin: twice });
  const refused = [['echo A; nosuch; echo B\necho "C\necho D', 1]] as const;
  await record('session.refused-and-cut', { ...quiet, stdin: refused });
  // One line of 100,000 bytes.
  const one = `domid ${uuid.web}; `;
  const many = Math.floor(100_000 / one.length) - 1;
  const long = [
    [one, many],
    ['echo --err MARK; echo MARK\n', 1],
  ] as const;
  await record('session.long-line', { ...quiet, stdin: long });
}
