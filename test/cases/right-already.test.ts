import { describe, expect, test } from 'vitest';
import {
  about,
  affinitiesOf,
  balance,
  movesIn,
  pinsIn,
  planJson,
  simInMemory,
  statusJson,
  vcpuIn,
} from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// Hosts from the field that were judged rightly before, to stay so: what domstats has besides, names, locks, XML.

const places = ['qemu:///system', 'qemu+ssh://far.example/system'];

describe.each(places)('domstats of many versions (%s)', (uri) => {
  /** The lines of one domain, from its head to the next one's. */
  const block = (name: string) => new RegExp(`(?<=Domain: '${name}'\\n)(?:  .*\\n)*`);
  const variety = (command: string, { stdout = '', ...said }: Said): Said | undefined => {
    if (!command.startsWith('domstats')) return undefined;
    const novel = (line: string, vcpu: string) =>
      `${line}  vcpu.${vcpu}.halted=oui
  vcpu.${vcpu}.guest_mode.cur=non
  vcpu.${vcpu}.halt_wait_ns.sum=77
  vcpu.${vcpu}.time.sum=12
  vcpu.${vcpu}.delay.sum=999
  vcpu.${vcpu}.exits-total.sum=5
  vcpu.${vcpu}.halt_wait_hist.bucket0=3
`;
    const great = 18_446_000_000_000_000_000n;
    return {
      ...said,
      stdout: stdout
        .replace(block('novel'), (text) => text.replaceAll(/ {2}vcpu\.(\d)\.delay=.*\n/g, novel))
        .replace(block('oldie'), (text) => text.replaceAll(/ {2}(state|cpu|vcpu\.0\.(delay|wait)).*\n/g, ''))
        .replace(block('busy'), (text) => text.replaceAll(/ {2}vcpu\.0\..*\n/g, ''))
        .replace(block('blocked'), (text) =>
          text
            .replace('vcpu.0.state=1', 'vcpu.0.state=2')
            .replace(/vcpu\.0\.time=(\d+)/, (_, ns) => `vcpu.0.time=${BigInt(ns) + great}`),
        ),
    };
  };
  const scenario = `pcpus = 4
[[domains]]
name = "novel"
vcpus = "0,5"
max-vcpus = 8
affinity = 0
demand = 90
[[domains]]
name = "oldie"
affinity = 1
demand = 40
[[domains]]
name = "busy"
affinity = 2
demand = 30
[[domains]]
name = "blocked"
affinity = 3
demand = 5
`;

  test('what is told is read, what is not is named', async () => {
    const status = await statusJson(simInMemory(scenario, { uri, edit: variety }));
    expect(status.vcpus.map(({ domain, vcpu }) => `${domain.name}/${vcpu}`).sort()).toEqual([
      'blocked/0',
      'busy/0',
      'novel/0',
      'novel/5',
      'oldie/0',
    ]);
    for (const name of ['novel/0', 'novel/5'])
      expect(vcpuIn(status, name)).toMatchObject({
        usagePct: about(50),
        delayPct: about(40),
        demandPct: about(90),
      });
    expect(vcpuIn(status, 'oldie/0')).toMatchObject({
      usagePct: about(40),
      delayPct: null,
      demandPct: about(40),
    });
    expect(vcpuIn(status, 'busy/0').reading).toBe('missing');
    expect(vcpuIn(status, 'blocked/0')).toMatchObject({ usagePct: about(5) });
  });

  test('the others are balanced, and the unknown one is not moved', async () => {
    const sim = simInMemory(scenario, { uri, edit: variety });
    const plan = await planJson(sim);
    expect(movesIn(plan)).toContainEqual(expect.stringMatching(/^novel\/[05] 0>[123]$/));
    expect(plan.leftAlone.map(({ domain }) => domain.name)).toEqual(['busy']);
    expect((await sim.vcpusched('plan')).out).toContain('measured 4 of 5 vCPUs');
    expect((await sim.vcpusched('once')).status).toBe(0);
    expect(affinitiesOf(sim)['busy/0']).toBe('2');
  });
});

describe.each(places)('names (%s)', (uri) => {
  const names = [
    "it's",
    ' lead',
    'tab\\tname',
    'käse-日本',
    'default_test0',
    "x'",
    'vcpu.0.time=7',
    "Domain: 'fake'",
  ];

  test('each of eight domains is found, counted and moved', async () => {
    const scenario = `pcpus = 4\n${names
      .map((name) => `[[domains]]\nname = "${name}"\naffinity = 0\ndemand = 22\n`)
      .join('')}`;
    const sim = simInMemory(scenario, { uri });
    const status = await statusJson(sim);
    expect(new Set(status.vcpus.map(({ domain }) => domain.name)).size).toBe(8);
    expect(status.vcpus.map(({ demandPct }) => demandPct)).toEqual(Array(8).fill(about(22)));
    expect(await balance(sim)).toBe(1);
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '1', '2', '2', '3', '3']);
    expect(sim.calls.flat().filter((command) => /it's|fake|lead/.test(command))).toEqual([]);
  });
});

describe.each(places)('a domain that is locked (%s)', (uri) => {
  const lock =
    'Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainBlockCommit)';
  const scenario = `pcpus = 4
[[domains]]
name = "locked"
affinity = 0
demand = 90
[[domains]]
name = "b"
affinity = 0
demand = 85
[[domains]]
name = "c"
affinity = 0
demand = 80
`;

  test('is said to be; the others are moved, and it is tried again', async () => {
    let locked = '';
    let isLocked = true;
    const sim = simInMemory(scenario, {
      uri,
      instead: (command) =>
        isLocked && command.startsWith('vcpupin') && command.includes(locked)
          ? { stderr: `error: ${lock}\n` }
          : undefined,
    });
    locked = sim.host().domains.find(({ name }) => name === 'locked')?.uuid ?? '';
    const { status, err } = await sim.vcpusched('once');
    expect(status).toBe(1);
    expect(err).toContain('locked');
    expect(err).toContain('cannot acquire state change lock');
    expect(affinitiesOf(sim)['locked/0']).toBe('0');
    expect([affinitiesOf(sim)['b/0'], affinitiesOf(sim)['c/0']]).toContainEqual(
      expect.stringMatching(/^[123]$/),
    );
    isLocked = false;
    await balance(sim);
    expect(new Set(Object.values(affinitiesOf(sim))).size).toBe(3);
    expect(pinsIn(sim)).toBeLessThanOrEqual(4);
  });
});

describe.each(places)('XML of other managers (%s)', (uri) => {
  /** Elements that vcpusched has nothing to do with, around those that it reads. */
  const nova = (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command.startsWith('dumpxml') && stdout.includes('<name>nova</name>')
      ? {
          ...said,
          stdout: stdout
            .replace(
              '</cputune>',
              `  <vcpupin vcpu='7' cpuset='2'/>
    <emulatorpin cpuset='0-5'/>
    <iothreadpin iothread='1' cpuset='4'/>
    <cachetune vcpus='0'>
      <cache id='0' level='3' type='both' size='3' unit='MiB'/>
      <monitor level='3' vcpus='0'/>
    </cachetune>
    <memorytune vcpus='5'>
      <node id='0' bandwidth='60'/>
    </memorytune>
    <energytune/>
  </cputune>`,
            )
            .replace('<cputune>', '<iothreads>2</iothreads>\n  <cputune>\n    <shares>2048</shares>'),
        }
      : undefined;
  const scenario = `pcpus = 6
[[domains]]
name = "nova"
vcpus = "0,5"
max-vcpus = 8
vcpupin = ["0-1,3", "1,3"]
cpuset = "0-5"
affinity = 3
demand = 90
[[domains]]
name = "x"
cpuset = "3"
affinity = 3
demand = 80
`;

  test('ranges of a configuration are kept by each vCPU', async () => {
    const sim = simInMemory(scenario, { uri, edit: nova });
    const status = await statusJson(sim);
    expect(vcpuIn(status, 'nova/0').allowed).toBe('0-1,3');
    expect(vcpuIn(status, 'nova/5').allowed).toBe('1,3');
    expect(vcpuIn(status, 'x/0').allowed).toBe('3');
    await balance(sim);
    expect(affinitiesOf(sim)).toEqual({ 'nova/0': '0', 'nova/5': '1', 'x/0': '3' });
  });
});

test.each([
  ['2-3,', '2-3'],
  ['2,3', '2-3'],
  ['2-3:1/2', '2'],
  [',', undefined],
  ['3-2', undefined],
  ['x', undefined],
])('doctor reads a list of banned pCPUs as the kernel would: %s', async (list, banned) => {
  const sim = simInMemory('pcpus = 4\n[[domains]]\nname = "a"\naffinity = 2\ndemand = 50\n', {
    files: {
      '/sys/devices/system/cpu/online': '0-3\n',
      '/proc/42/comm': 'irqbalance\n',
      '/etc/default/irqbalance': `# keep off\nIRQBALANCE_BANNED_CPULIST="${list}"\n`,
    },
  });
  const { out, err } = await sim.vcpusched('doctor', '--cpus', '1-3');
  expect(err).toBe('');
  const line = out.split('\n').find((each) => each.includes('irqbalance')) ?? '';
  const shared = banned === '2-3' ? 'pCPUs 1,' : banned === '2' ? 'pCPUs 1,3,' : 'pCPUs 1-3,';
  expect(line).toContain(shared);
});
