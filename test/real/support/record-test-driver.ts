import type { PrivateHost } from './private-host.ts';
import { recorder } from './recorder.ts';

/** Records libvirt's built-in test driver, which any user can run and which disagrees with itself in places. */
export async function recordTestDriver(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'hosts/test-driver-9.0.0');
  const globals = ['-c', 'test:///default'];
  const stats = ['domstats', '--state', '--vcpu', '--list-running', '--nowait'];
  const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
  await record('nodeinfo', { globals, args: ['nodeinfo'] });
  await record('nodecpumap', { globals, args: ['nodecpumap'] });
  await record('capabilities', { globals, args: ['capabilities'] });
  await record('list', { globals, args: ['list', '--uuid', '--name'] });
  await record('domstats--vcpu--list-running', { globals, args: stats.slice(0, -1) });
  await record('domstats--vcpu--list-running--nowait', { globals, args: stats });
  await record('vcpuinfo', { globals, args: ['vcpuinfo', uuid] });
  await record('vcpupin', { globals, args: ['vcpupin', uuid] });
  await record('vcpupin.set', { globals, args: ['vcpupin', uuid, '0', '1'] });
  await record('vcpupin.set--live', { globals, args: ['vcpupin', uuid, '0', '1', '--live'] });
  await record('dumpxml', { globals, args: ['dumpxml', uuid] });
  await finish();
}
