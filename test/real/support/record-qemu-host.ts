import { setTimeout as sleep } from 'node:timers/promises';
import { type GuestSpec, prepareGuest, removeGuests, startGuests, xmlFile } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { type Recorder, recorder } from './recorder.ts';

/** Records a QEMU host with two pCPUs and guests in every state and with every kind of name. */
export async function recordQemuHost(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'hosts/qemu-9.0.0');
  await prepareGuests(host);
  await sleep(3000);

  await record('version', { args: ['version'] });
  await record('nodeinfo', { args: ['nodeinfo'] });
  await record('nodecpumap', { args: ['nodecpumap'] });
  await record('uri', { args: ['uri'] });
  await record('capabilities', { args: ['capabilities'] });
  for (const flags of [
    '',
    '--all',
    '--state-running',
    '--state-paused',
    '--inactive',
    '--persistent',
    '--transient',
  ])
    await record(`list${flags}`, { args: ['list', '--uuid', '--name', ...(flags === '' ? [] : [flags])] });

  const stats = ['domstats', '--state', '--vcpu'];
  await record('domstats', { args: ['domstats'] });
  await record('domstats--vcpu', { args: stats });
  await record('domstats--vcpu--list-running', { args: [...stats, '--list-running'] });
  await record('domstats--vcpu--list-running--nowait', { args: [...stats, '--list-running', '--nowait'] });
  await record('domstats--vcpu--one-domain', { args: [...stats, uuid(1)] });

  for (const i of guests.keys()) {
    const domain = uuid(i);
    const file = (command: string): string => `${command}.${String(i).padStart(2, '0')}`;
    await record(file('vcpuinfo'), { args: ['vcpuinfo', domain] });
    await record(file('vcpupin'), { args: ['vcpupin', domain] });
    await record(file('dumpxml'), { args: ['dumpxml', domain] });
  }
  for (const i of [0, 1, 3, 5])
    await record(`dumpxml--inactive.0${i}`, { args: ['dumpxml', uuid(i), '--inactive'] });
  await record('vcpupin--quiet.01', { args: ['vcpupin', uuid(1)], globals: ['-q', '-c', 'qemu:///system'] });
  await record('vcpupin--live.01', { args: ['vcpupin', uuid(1), '--live'] });
  await record('vcpupin--config.01', { args: ['vcpupin', uuid(1), '--config'] });
  await record('vcpucount.03', { args: ['vcpucount', uuid(3)] });
  await record('vcpuinfo.by-number-that-is-also-a-name', { args: ['vcpuinfo', '3'] });
  await record('domuuid.by-number-that-is-also-a-name', { args: ['domuuid', '3'] });
  await recordBatches(record);
  await finish();
  await removeGuests(host);
}

const uuid = (i: number): string => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${String(i).padStart(2, '0')}`;

/** The first ones are ordinary, the rest have names of the odd kind. */
const guests: readonly GuestSpec[] = [
  { name: 'web', vcpus: [{ duty: 12 }], configuredPins: ['0'], persistent: true },
  { name: 'db', vcpus: [{ duty: 16 }, { duty: 4, phase: 16 }], configuredPins: ['0', '1'], persistent: true },
  { name: 'floating', vcpus: [{ duty: 6, phase: 32 }] },
  {
    name: 'hotplug',
    vcpus: [{ duty: 4 }, { duty: 0 }],
    configuredPins: ['0', '0-1'],
    maxVcpus: 6,
    persistent: true,
  },
  { name: 'paused', vcpus: [{ duty: 4 }, { duty: 4 }], pins: ['1'] },
  { name: 'off', vcpus: [{ duty: 4 }, { duty: 4 }], configuredPins: ['0', '1'], persistent: true },
  { name: '3', vcpus: [{ duty: 2 }], pins: ['1'] },
  { name: `it's "quoted"`, vcpus: [{ duty: 2 }] },
  { name: '  spaces around and  within ', vcpus: [{ duty: 2 }] },
  { name: '; destroy web; echo ;;', vcpus: [{ duty: 2 }] },
  { name: '--all', vcpus: [{ duty: 2 }] },
  { name: 'csi\u009b31mred', vcpus: [{ duty: 2 }] },
  { name: '#hash $(id) `id` \\ back', vcpus: [{ duty: 2 }] },
  { name: 'Größe-日本-\u202eabc', vcpus: [{ duty: 2 }] },
  { name: `row\n${uuid(1)} web`, vcpus: [{ duty: 2 }] },
  { name: "line\n\n  vcpu.0.time=1\nDomain: 'web", vcpus: [{ duty: 2 }] },
];

async function prepareGuests(host: PrivateHost): Promise<void> {
  const specs = guests.map((guest, i) => ({ ...guest, uuid: uuid(i) }));
  const off = specs.filter(({ name }) => name === 'off');
  await startGuests(
    host,
    specs.filter((spec) => !off.includes(spec)),
  );
  for (const spec of off) await prepareGuest(host, spec);
  for (const spec of off) await host.virsh('define', xmlFile(host, spec.uuid));
  await host.virsh('suspend', uuid(4));
  // Sparse numbers: 0, 1 and 3 are online.
  await host.virsh('setvcpu', uuid(3), '3', '--enable', '--live');
}

async function recordBatches(record: Recorder['record']): Promise<void> {
  const stats = 'domstats --state --vcpu --list-running --nowait';
  const running = guests.map((_, i) => uuid(i)).filter((_, i) => i !== 4 && i !== 5);
  const gone = '6c0e3c5a-54d1-4b0e-9d8e-0000000000ff';
  const pin = (i: number, vcpu: number, list: string): string =>
    `vcpupin --domain ${uuid(i)} --vcpu ${vcpu} --cpulist ${list} --live`;
  const places = running.map((each) => `vcpuinfo ${each}`);
  const withGone = [...places.slice(0, 2), `vcpuinfo ${gone}`, `vcpuinfo ${uuid(4)}`, `vcpuinfo ${uuid(5)}`];
  const pins = [pin(0, 0, '1'), pin(1, 1, '0'), pin(2, 0, '0')];
  const failing = [pin(0, 0, '0'), pin(0, 7, '0'), pin(5, 0, '0'), pin(1, 0, '99'), pin(1, 1, '1')];
  const readBack = [0, 1, 2].map((i) => `vcpuinfo ${uuid(i)}`);

  const looks = (i: number) => [`domid ${uuid(i)}`, `vcpuinfo ${uuid(i)}`];
  const around = pins.flatMap((each, i) => [...looks(i), each, ...looks(i).reverse()]);

  await record('batch.first-sample', {
    args: [batch(stats, 'list --uuid --name', 'nodecpumap', 'capabilities')],
  });
  await record('batch.sample', { args: [batch(stats, 'list --uuid --name', 'nodecpumap', ...places)] });
  await record('batch.sample-with-one-gone', { args: [batch(stats, 'list --uuid --name', ...withGone)] });
  await record('batch.pin', { args: [batch(...around)] });
  await record('batch.pin-some-fail', { args: [batch(...failing, ...readBack)] });
  await record('batch.pin-last-fails', { args: [batch(...pins, `vcpuinfo ${gone}`)] });
  const globals = ['-r', '-c', 'qemu:///system'];
  await record('batch.pin-read-only', { globals, args: [batch(...around)] });
}

/** Each command followed by its mark on both streams, as vcpusched runs them. */
function batch(...commands: readonly string[]): string {
  return commands.map((command, i) => `${command};echo 5eed5eed.${i};echo --err 5eed5eed.${i}`).join(';');
}
