import { describe, expect, test } from 'vitest';
import { hostReader } from '../../src/host/host-reader.ts';
import type { ReadFile } from '../../src/host/local-host.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { answerOf, type FakeHost, fakeDomain, fakeHost, fakeUuid } from '../support/fake-host.ts';
import { recorded } from '../support/recorded.ts';
import { type Said, virshOf } from '../support/virsh-of.ts';

const general = [
  'domstats --state --vcpu --cpu-total --list-running --nowait',
  'list --uuid --name',
  'list --uuid --name --persistent',
  'nodecpumap',
  'uri',
];
const first = [...general, 'capabilities'];
const about = (index: number) => [`vcpuinfo ${fakeUuid(index)}`, `domid ${fakeUuid(index)}`];
const aboutWithXml = (index: number) => [`vcpuinfo ${fakeUuid(index)}`, `dumpxml ${fakeUuid(index)}`];
const later = (...domains: readonly number[]) => [...general, 'echo unchanged', ...domains.flatMap(about)];
/** the same, with the configuration of each */
const laterWithXml = (...domains: readonly number[]) => [
  ...general,
  'echo unchanged',
  ...domains.flatMap(aboutWithXml),
];

const noFile: ReadFile = async () => undefined;

function setUp(
  domains = [fakeDomain(1), fakeDomain(2)],
  pcpus = 2,
  over: Record<string, Said> = {},
  readFile = noFile,
) {
  let now = 77;
  const host = fakeHost(pcpus, domains);
  const answer = answerOf(host);
  const { virsh, calls } = virshOf(
    (command) => over[command] ?? answer(command),
    () => now,
  );
  const wait = (ms: number) => {
    now += ms;
  };
  return { host, calls, wait, ...hostReader(virsh, readFile) };
}

describe('one virsh process a sample', () => {
  test('capabilities once; places from the second sample on', async () => {
    const { sample, calls } = setUp();
    const one = await sample();
    const two = await sample();
    await sample();
    expect(calls).toEqual([first, laterWithXml(1, 2), later(1, 2)]);
    expect(one).toMatchObject({ takenAtMs: 77, online: [0, 1], leftAlone: [] });
    expect(one.domains[0]?.vcpus[0]).toEqual({
      number: 0,
      counters: { cpuTimeNs: 10n ** 10n, delayNs: 10n ** 9n },
      placement: undefined,
      problem: 'it has just started',
    });
    expect(two.domains[0]?.vcpus[0]).toMatchObject({
      placement: { affinity: [0], lastPcpu: 0 },
      problem: undefined,
    });
    expect(two.topology).toEqual(one.topology);
    expect(one.topology.map(({ id }) => id)).toEqual([0, 1]);
  });

  test('the connection is known with the first sample', async () => {
    const { sample, uri } = setUp();
    expect(uri()).toBe('');
    await sample();
    expect(uri()).toBe('qemu:///system');
  });

  test('more domains than one argument can hold take another process', async () => {
    const many = Array.from({ length: 800 }, (_, i) => fakeDomain(i));
    const { sample, calls } = setUp(many);
    await sample();
    const { domains } = await sample();
    expect(calls.map(({ length }) => length)).toEqual([6, expect.any(Number), expect.any(Number)]);
    expect(domains.flatMap(({ vcpus }) => vcpus.filter(({ placement }) => placement === undefined))).toEqual(
      [],
    );
  });

  test('a recorded host', async () => {
    const place = 'hosts/qemu-9.0.0';
    const { virsh } = virshOf((command) => {
      const end = /^vcpuinfo \S+(\d\d)$/.exec(command)?.[1];
      if (end !== undefined) return recorded(`${place}/vcpuinfo.${end}`);
      const [, verb, number] = /^(domid|dumpxml) \S+(\d\d)(?: --inactive)?$/.exec(command) ?? [];
      const xml = number === undefined ? undefined : recorded(`${place}/dumpxml.${number}`);
      if (xml !== undefined)
        return verb === 'domid' ? { stdout: `${/ id='(\d+)'/.exec(xml.stdout)?.[1]}\n\n` } : xml;
      const names = [
        'domstats--vcpu--list-running--nowait',
        'list',
        'list--persistent',
        'nodecpumap',
        'uri',
        'capabilities',
      ];
      const name = names[first.indexOf(command)];
      return command === 'echo unchanged'
        ? { stdout: 'unchanged\n' }
        : name === undefined
          ? undefined
          : recorded(`${place}/${name}`);
    });
    const reader = hostReader(virsh, noFile);
    await reader.sample();
    const { domains, leftAlone, topology } = await reader.sample();
    expect(topology).toHaveLength(2);
    expect(domains.flatMap(({ bounds }) => bounds.leave ?? [])).toEqual([]);
    expect(domains.find(({ name }) => name === 'hotplug')?.bounds).toMatchObject({
      pins: [
        { vcpu: 0, cpus: [0] },
        { vcpu: 1, cpus: [0, 1] },
      ],
    });
    expect(domains.map(({ name }) => name)).toEqual([
      'floating',
      'hotplug',
      '3',
      `it's "quoted"`,
      '  spaces around and  within',
      '; destroy web; echo ;;',
      '--all',
      'csi\u009b31mred',
      '#hash $(id) `id` \\ back',
      'Größe-日本-\u202eabc',
    ]);
    expect(domains.flatMap(({ vcpus }) => vcpus.flatMap(({ problem }) => problem ?? []))).toEqual([]);
    const reasons = new Set(leftAlone.map(({ domain, reason }) => `${domain.name}: ${reason}`));
    expect([...reasons]).toEqual([
      'web: its name cannot be told from that of another domain',
      'db: its name cannot be told from that of another domain',
      'paused: it is not running (paused, or changing its state)',
      'row: it is not running (paused, or changing its state)',
      'line: it is not running (paused, or changing its state)',
    ]);
  });
});

describe('what changes between two samples', () => {
  async function changed(change: (host: FakeHost) => void) {
    const given = setUp();
    await given.sample();
    change(given.host);
    const next = await given.sample();
    return { ...given, next };
  }
  const shown = ({ domains }: Snapshot) =>
    domains.map(
      ({ name, vcpus }) => `${name}: ${vcpus.map(({ number, problem }) => problem ?? number).join(', ')}`,
    );

  test('a domain that comes is seen, and asked for its place in the sample after', async () => {
    const { next, sample, calls } = await changed((host) => host.domains.push(fakeDomain(3)));
    expect(shown(next)).toEqual(['guest-1: 0', 'guest-2: 0', 'guest-3: it has just started']);
    expect(shown(await sample())).toEqual(['guest-1: 0', 'guest-2: 0', 'guest-3: 0']);
    expect(calls).toEqual([first, laterWithXml(1, 2), [...later(1, 2), ...aboutWithXml(3)]]);
  });

  test('a domain that goes fails nothing, and is not asked for again', async () => {
    const { next, sample, calls } = await changed((host) => void host.domains.shift());
    expect(shown(next)).toEqual(['guest-2: 0']);
    await sample();
    expect(calls).toEqual([first, laterWithXml(1, 2), later(2)]);
  });

  test('all domains go', async () => {
    const { next, sample, calls } = await changed((host) => void host.domains.splice(0));
    expect(shown(next)).toEqual([]);
    await sample();
    expect(calls.at(-1)).toEqual(later());
  });

  test('a domain that is paused is left alone', async () => {
    const { next } = await changed((host) => Object.assign(host.domains[0] ?? {}, { state: 'paused' }));
    expect(shown(next)).toEqual(['guest-2: 0']);
    expect(next.leftAlone).toEqual([
      {
        domain: { uuid: fakeUuid(1), name: 'guest-1' },
        vcpu: undefined,
        reason: 'it is not running (paused, or changing its state)',
      },
    ]);
  });

  test('vCPUs are plugged in and out, and one lacks its time', async () => {
    const { next } = await changed(({ domains: [one, two] }) => {
      const vcpu = one?.vcpus.get(0);
      if (vcpu !== undefined) one?.vcpus.set(5, { ...vcpu });
      one?.vcpus.delete(0);
      Object.assign(two?.vcpus.get(0) ?? {}, { timeNs: undefined });
    });
    expect(shown(next)).toEqual([
      'guest-1: 5',
      'guest-2: libvirt did not tell its CPU time (the domain may be busy)',
    ]);
  });

  test('pCPUs go offline and come back: the topology is read again, once', async () => {
    const { next, host, sample, calls } = await changed((each) => {
      each.online = [0];
    });
    expect(next).toMatchObject({ online: [0], topology: [{ id: 0 }, { id: 1 }] });
    expect(await sample()).toMatchObject({ online: [0], topology: [{ id: 0 }] });
    host.online = [0, 1];
    await sample();
    expect(await sample()).toMatchObject({ online: [0, 1], topology: [{ id: 0 }, { id: 1 }] });
    await sample();
    expect(calls.map((call) => call.includes('capabilities'))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });
});

test('the id tells one start of a domain from the next', async () => {
  const { host, sample } = setUp([fakeDomain(1)]);
  const ids = async () => (await sample()).domains.map(({ id }) => id);
  expect(await ids()).toEqual([undefined]);
  expect(await ids()).toEqual([1]);
  Object.assign(host.domains[0] ?? {}, { id: 9 });
  expect(await ids()).toEqual([9]);
});

describe('what binds the domains', () => {
  const bounds = ({ domains }: Snapshot) =>
    domains.map(({ bounds: { cpuset, pins, leave } }) => leave ?? { cpuset, pins });
  const none = { cpuset: undefined, pins: [] };
  const bound = (xml: string, persistent = true) => Object.assign(fakeDomain(1), { xml, persistent });

  test('is known with the places, and read again after a minute and in another start', async () => {
    const { host, sample, wait, calls } = setUp([bound("<vcpu cpuset='0'>1</vcpu>")]);
    expect(bounds(await sample())).toEqual(['it has just started']);
    expect(bounds(await sample())).toEqual([{ cpuset: [0], pins: [] }]);
    Object.assign(host.domains[0] ?? {}, { xml: '' });
    wait(59_999);
    expect(bounds(await sample())).toEqual([{ cpuset: [0], pins: [] }]);
    wait(1);
    await sample();
    expect(bounds(await sample())).toEqual([none]);
    Object.assign(host.domains[0] ?? {}, { id: 8 });
    expect(bounds(await sample())).toEqual(['it has just started']);
    expect(bounds(await sample())).toEqual([none]);
    const withXml = calls.map((call) => call.includes(`dumpxml ${fakeUuid(1)} --inactive`));
    expect(withXml).toEqual([false, true, false, false, true, false, true]);
  });

  test('a configuration that cannot be read: the domain is left alone, and it is tried again', async () => {
    const command = `dumpxml ${fakeUuid(1)} --inactive`;
    const over: Record<string, Said> = { [command]: { stderr: 'error: busy\n' } };
    const { sample } = setUp([bound('')], 2, over);
    await sample();
    expect(bounds(await sample())).toEqual(['its configuration could not be read: busy']);
    delete over[command];
    expect(bounds(await sample())).toEqual([none]);
  });

  test("pins of a transient domain are nobody's word", async () => {
    const pinned = "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>";
    const { sample } = setUp([bound(pinned, false)]);
    await sample();
    expect(bounds(await sample())).toEqual([none]);
  });

  test('isolated pCPUs and cgroups, of this machine alone', async () => {
    const files: Record<string, string> = {
      '/sys/devices/system/cpu/online': '0-1\n',
      '/sys/devices/system/cpu/isolated': '1\n',
      '/sys/fs/cgroup/machine.slice/cpuset.cpus.effective': '0\n',
    };
    const partition = '<resource><partition>/machine</partition></resource>';
    const { sample } = setUp([bound(partition)], 2, {}, async (path) => files[path]);
    await sample();
    const { isolated, domains } = await sample();
    expect([isolated, domains[0]?.bounds.granted]).toEqual([[1], [0]]);
    const other = setUp([bound(partition)], 4, {}, async (path) => files[path]);
    await other.sample();
    const elsewhere = await other.sample();
    expect([elsewhere.isolated, elsewhere.domains[0]?.bounds.granted]).toEqual([[], undefined]);
  });

  test('over a remote connection they are not known', async () => {
    const { sample } = setUp([], 2, { uri: { stdout: 'qemu+ssh://kvm1/system\n\n' } });
    expect((await sample()).isolated).toBeUndefined();
  });
});

describe('what cannot be read', () => {
  test.each([
    [
      'domstats --state --vcpu --cpu-total --list-running --nowait',
      `'virsh domstats' printed no usable domain: "x"`,
    ],
    ['list --uuid --name', `'virsh list --uuid --name' printed no usable UUID: "x"`],
    ['nodecpumap', `'virsh nodecpumap' printed no usable CPU map: "x\\n"`],
    ['uri', `'virsh uri' printed no usable connection URI: "x"`],
  ])('%s: the sample fails', async (command, error) => {
    const { sample } = setUp(undefined, 2, { [command]: { stdout: 'x\n' } });
    await expect(sample()).rejects.toMatchObject({ status: 1, message: `cannot read the host: ${error}` });
  });

  test('a connection that failed later than at the start', async () => {
    const { stderr } = recorded('stderr/daemon-killed');
    const { sample } = setUp(undefined, 2, { nodecpumap: { stderr } });
    await expect(sample()).rejects.toMatchObject({ status: 69 });
  });

  test('capabilities: the sample goes on without a topology, and asks again', async () => {
    const { sample, calls } = setUp(undefined, 2, { capabilities: { stdout: 'x\n' } });
    expect((await sample()).topology).toEqual([]);
    await sample();
    expect(calls[1]).toContain('capabilities');
  });

  test('the places of one domain: its vCPUs are unknown, with the reason', async () => {
    const { sample } = setUp(undefined, 2, { [`vcpuinfo ${fakeUuid(1)}`]: { stderr: 'error: busy\n' } });
    await sample();
    const { domains } = await sample();
    expect(domains.map(({ vcpus }) => vcpus[0]?.problem)).toEqual(['busy', undefined]);
  });

  test('an abort ends a sample', async () => {
    await expect(setUp().sample(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
