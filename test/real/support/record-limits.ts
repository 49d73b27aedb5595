import { removeGuests, startGuests } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { recorder } from './recorder.ts';

/** Records the XML of guests whose configuration binds them, and what the commands say that set such a thing. */
export async function recordLimits(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'hosts/limits-9.0.0');
  await startGuests(host, [
    {
      name: 'bound',
      uuid: bound,
      vcpus: [{ duty: 2 }, { duty: 2 }],
      persistent: true,
      cpuset: '0-1',
      configuredPins: ['1'],
      pins: ['0', '0'],
      more: "<numatune><memory mode='strict' nodeset='0'/></numatune>",
    },
    { name: 'passing', uuid: passing, vcpus: [{ duty: 2 }], cpuset: '0', pins: ['1'] },
    {
      name: 'hinted',
      uuid: hinted,
      vcpus: [{ duty: 2 }],
      more: "<numatune><memory mode='preferred' nodeset='0'/></numatune>",
    },
  ]);
  const uri = 'urn:vcpusched:domain';
  const set = ['--key', 'vcpusched', '--set', "<domain cpus='0-1' priority='5'/>"];
  await record('metadata.none', { args: ['metadata', bound, uri] });
  await record('metadata.set', { args: ['metadata', bound, uri, ...set] });
  await record('metadata', { args: ['metadata', bound, uri] });
  await record('metadata.none--config', { args: ['metadata', bound, uri, '--config'] });
  await record('dumpxml.live-metadata', { args: ['dumpxml', bound] });
  await record('dumpxml--inactive.live-metadata', { args: ['dumpxml', bound, '--inactive'] });
  await record('metadata.set--live--config', {
    args: ['metadata', bound, uri, '--live', '--config', ...set],
  });
  await record('metadata.not-xml', {
    args: ['metadata', bound, uri, '--key', 'vcpusched', '--set', '<domain'],
  });
  await record('metadata.no-key', { args: ['metadata', bound, uri, '--set', "<domain managed='no'/>"] });
  for (const [name, uuid] of [
    ['bound', bound],
    ['passing', passing],
    ['hinted', hinted],
  ] as const) {
    await record(`dumpxml.${name}`, { args: ['dumpxml', uuid] });
    await record(`dumpxml--inactive.${name}`, { args: ['dumpxml', uuid, '--inactive'] });
    await record(`vcpuinfo.${name}`, { args: ['vcpuinfo', uuid] });
    await record(`vcpupin.${name}`, { args: ['vcpupin', uuid] });
    await record(`domid.${name}`, { args: ['domid', uuid] });
  }
  await record('vcpupin--config.bound', { args: ['vcpupin', bound, '--config'] });
  await record('numatune.bound', { args: ['numatune', bound] });
  await record('metadata.remove', { args: ['metadata', bound, uri, '--remove', '--live', '--config'] });
  await record('dumpxml.removed', { args: ['dumpxml', bound] });
  await record('list', { args: ['list', '--uuid', '--name'] });
  await record('list--persistent', { args: ['list', '--uuid', '--name', '--persistent'] });
  await record('domid.off', { args: [`destroy ${bound}; domid ${bound}`] });
  await finish();
  await removeGuests(host);
}

const bound = '6c0e3c5a-54d1-4b0e-9d8e-000000000050';
const passing = '6c0e3c5a-54d1-4b0e-9d8e-000000000051';
const hinted = '6c0e3c5a-54d1-4b0e-9d8e-000000000052';
