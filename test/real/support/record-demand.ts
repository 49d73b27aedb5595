import { setTimeout as sleep } from 'node:timers/promises';
import { removeGuests, startGuests } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { type Recorder, recorder } from './recorder.ts';

/** Records what tells the load of pCPUs and what caps that of vCPUs: processor time, quotas, classes, guest cells. */
export async function recordDemand(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'hosts/demand-9.0.0');
  await startGuests(host, [
    {
      name: 'plain',
      uuid: plain,
      vcpus: [{ duty: 8 }, { duty: 2 }],
      pins: ['0'],
      maxVcpus: 4,
      more: "<cpu mode='custom' match='exact'><model>qemu64</model><topology sockets='1' cores='2' threads='2'/></cpu>",
    },
    {
      name: 'capped',
      uuid: capped,
      vcpus: [{ duty: 60 }],
      persistent: true,
      configuredPins: ['1'],
      cputune:
        "<period>100000</period><quota>20000</quota><global_period>100000</global_period><global_quota>50000</global_quota><emulatorpin cpuset='0'/>",
    },
    {
      name: 'celled',
      uuid: celled,
      vcpus: [{ duty: 2 }, { duty: 2 }],
      persistent: true,
      more: `<numatune><memory mode='preferred' nodeset='0'/><memnode cellid='1' mode='strict' nodeset='0'/></numatune>
        <cpu mode='custom' match='exact'><model>qemu64</model><numa>
        <cell id='0' cpus='0' memory='8' unit='MiB'/><cell id='1' cpus='1' memory='8' unit='MiB'/></numa></cpu>`,
    },
  ]);
  await sleep(3000);
  await record('capabilities', { args: ['capabilities'] });
  for (const pcpu of ['0', '1', '2'])
    await record(`nodecpustats.${pcpu}`, { args: ['nodecpustats', '--cpu', pcpu] });
  await record('nodecpustats.test-driver', {
    globals: ['-c', 'test:///default'],
    args: ['nodecpustats', '--cpu', '0'],
  });
  await record('nodedev-dumpxml.no-cell', { args: ['nodedev-dumpxml', 'pci_0000_00_00_0'] });
  await record('nodedev-dumpxml.absent', { args: ['nodedev-dumpxml', 'pci_0000_fe_1f_7'] });
  const stats = ['domstats', '--state', '--vcpu', '--cpu-total', '--list-running', '--nowait'];
  await record(stats.join(''), { args: stats });
  for (const [name, uuid] of [
    ['plain', plain],
    ['capped', capped],
    ['celled', celled],
  ] as const)
    await recordDomain(record, name, uuid);
  await recordStopped(host, record, stats);
  await finish();
  await removeGuests(host);
}

const plain = '6c0e3c5a-54d1-4b0e-9d8e-000000000060';
const capped = '6c0e3c5a-54d1-4b0e-9d8e-000000000061';
const celled = '6c0e3c5a-54d1-4b0e-9d8e-000000000062';

async function recordDomain(record: Recorder['record'], name: string, uuid: string): Promise<void> {
  await record(`vcpuinfo.${name}`, { args: ['vcpuinfo', uuid] });
  await record(`dumpxml.${name}`, { args: ['dumpxml', uuid] });
  await record(`dumpxml--inactive.${name}`, { args: ['dumpxml', uuid, '--inactive'] });
  await record(`domjobinfo.${name}`, { args: ['domjobinfo', uuid] });
}

/** A guest whose QEMU does not answer: who asks first waits for it, and all after that are told less of it. */
async function recordStopped(
  host: PrivateHost,
  record: Recorder['record'],
  stats: readonly string[],
): Promise<void> {
  await host.inside('pkill', '-STOP', '-f', `uuid ${plain}`);
  await record('stopped.first', { args: stats, killAfterMs: 2000 });
  await record('stopped.next', { args: stats });
  await host.inside('pkill', '-CONT', '-f', `uuid ${plain}`);
}
