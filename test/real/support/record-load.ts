import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { prepareGuest, removeGuests, startGuests, xmlFile } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { type Recorder, recorder } from './recorder.ts';

/** Records what virsh says of pCPUs, of domains that are tuned, and of one that holds its job. */
export async function recordLoad(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'hosts/demand-9.0.0');
  await startGuests(host, [
    {
      name: 'tuned',
      uuid: tuned,
      vcpus: [{ duty: 4 }, { duty: 4 }, { duty: 2 }, { duty: 2 }],
      persistent: true,
      configuredPins: ['0-1'],
      cputune:
        '<shares>2048</shares><period>50000</period><quota>20000</quota>' +
        '<global_period>100000</global_period><global_quota>150000</global_quota>' +
        "<emulatorpin cpuset='1'/>",
      more:
        "<numatune><memory mode='strict' nodeset='0'/><memnode cellid='0' mode='strict' nodeset='0'/>" +
        "<memnode cellid='1' mode='preferred' nodeset='0'/></numatune>" +
        "<cpu><topology sockets='1' dies='1' cores='2' threads='2'/><numa>" +
        "<cell id='0' cpus='0-1' memory='8' unit='MiB'/><cell id='1' cpus='2-3' memory='8' unit='MiB'/></numa></cpu>",
    },
    { name: 'plain', uuid: plain, vcpus: [{ duty: 4 }] },
  ]);
  const withCard = {
    name: 'with-card',
    uuid: card,
    vcpus: [{ duty: 2 }, { duty: 2 }],
    // Only defined: a machine may forbid real-time classes.
    cputune:
      "<vcpusched vcpus='1' scheduler='fifo' priority='1'/><vcpusched vcpus='0' scheduler='rr' priority='2'/>",
    devices:
      "<hostdev mode='subsystem' type='pci' managed='yes'>" +
      "<source><address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source></hostdev>",
  };
  await prepareGuest(host, withCard);
  await host.virsh('define', xmlFile(host, card));

  await recordPcpus(record);
  for (const [name, uuid] of Object.entries({ tuned, plain, 'with-card': card })) {
    await record(`dumpxml.${name}`, { args: ['dumpxml', uuid] });
    await record(`dumpxml--inactive.${name}`, { args: ['dumpxml', uuid, '--inactive'] });
  }
  const stats = ['--list-running', '--nowait'];
  await record('domstats--cpu-total', { args: ['domstats', '--cpu-total', ...stats] });
  await record('domstats--state--cpu-total--vcpu', {
    args: ['domstats', '--state', '--cpu-total', '--vcpu', ...stats],
  });
  await record('domjobinfo.none', { args: ['domjobinfo', plain] });
  await record('domjobinfo.none--rawstats', { args: ['domjobinfo', plain, '--rawstats'] });
  await record('domjobinfo.off', { args: ['domjobinfo', card] });
  await record('domjobinfo.unknown', { args: ['domjobinfo', 'nosuch'] });
  await record('domjobinfo.missing', { args: ['domjobinfo'] });
  await record('nodedev-dumpxml.unknown', { args: ['nodedev-dumpxml', 'pci_0000_ff_1f_7'] });
  await record('nodedev-dumpxml.missing', { args: ['nodedev-dumpxml'] });
  await recordJob(host, record);
  await finish();
  await removeGuests(host);
}

const tuned = '6c0e3c5a-54d1-4b0e-9d8e-000000000060';
const plain = '6c0e3c5a-54d1-4b0e-9d8e-000000000061';
const card = '6c0e3c5a-54d1-4b0e-9d8e-000000000062';

async function recordPcpus(record: Recorder['record']): Promise<void> {
  const words: Readonly<Record<string, readonly string[]>> = {
    all: [],
    '0': ['--cpu', '0'],
    'by-position': ['1'],
    '-1': ['--cpu', '-1'],
    '-2': ['--cpu', '-2'],
    '99': ['--cpu', '99'],
    'no-number': ['--cpu', 'x'],
    'no-decimal': ['--cpu', '0x1'],
    'too-large': ['--cpu', '2147483648'],
    'no-value': ['--cpu'],
    'one-too-many': ['--cpu', '0', '1'],
  };
  for (const [name, args] of Object.entries(words))
    await record(`nodecpustats.${name}`, { args: ['nodecpustats', ...args] });
  const batch = 'nodecpustats --cpu 0; echo A; nodecpustats --cpu 7; echo B; nodecpustats --cpu 1; echo C';
  await record('nodecpustats.batch', { args: [batch] });
  await record('nodecpustats.batch--quiet', { args: [batch], globals: ['-q', '-c', 'qemu:///system'] });
  await record('nodecpustats.read-only', {
    args: ['nodecpustats', '--cpu', '0'],
    globals: ['-r', '-c', 'qemu:///system'],
  });
}

/** Its QEMU does not answer while it is saved, so that the job lasts; a backup lasts until it is ended. */
async function recordJob(host: PrivateHost, record: Recorder['record']): Promise<void> {
  await host.virsh('backup-begin', tuned, await backupXml(host));
  await record('domjobinfo.job', { args: ['domjobinfo', tuned] });
  await record('domjobinfo.job--rawstats', { args: ['domjobinfo', tuned, '--rawstats'] });
  await host.virsh('domjobabort', tuned);
  const pid = (await host.inside('cat', '/run/libvirt/qemu/plain.pid')).trim();
  await host.inside('kill', '-STOP', pid);
  const saving = execa('virsh', ['-c', host.uri, 'save', plain, `${host.directory}/saved`], {
    reject: false,
  });
  await sleep(1500);
  const stats = ['--state', '--cpu-total', '--vcpu', '--list-running', '--nowait'];
  await record('domstats--nowait.job', { args: ['domstats', ...stats] });
  await record('vcpuinfo.job', { args: ['vcpuinfo', plain] });
  await record('dumpxml.job', { args: ['dumpxml', plain] });
  await record('vcpupin.job', { args: ['vcpupin', plain, '0', '1', '--live'] });
  await host.inside('kill', '-CONT', pid);
  await saving;
}

async function backupXml(host: PrivateHost): Promise<string> {
  const file = `${host.directory}/backup.xml`;
  const server = `<server transport='unix' socket='${host.directory}/backup.sock'/>`;
  const disk = `<disk name='hda' backup='yes' type='file'><scratch file='${host.directory}/scratch'/></disk>`;
  await writeFile(file, `<domainbackup mode='pull'>${server}<disks>${disk}</disks></domainbackup>`);
  return file;
}
