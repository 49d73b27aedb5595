import { describe, expect, test } from 'vitest';
import { hostReader } from '../../src/host/host-reader.ts';
import type { ReadFile } from '../../src/host/local-host.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { pinLive, startDomain, stopDomain } from '../../src/simulate/actions.ts';
import type { SimDomain } from '../../src/simulate/host.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import { recorded } from '../support/recorded.ts';
import {
  answerOf,
  changeDomain,
  guest,
  guestUuid,
  guestVcpu,
  pass,
  type SimHost,
  simHost,
  withoutTimes,
} from '../support/sim-host.ts';
import { type Said, virshOf } from '../support/virsh-of.ts';

/** of the two pCPUs that most of these hosts have */
const times = ['nodecpustats --cpu 0', 'nodecpustats --cpu 1'];
const general = [
  'domstats --state --vcpu --cpu-total --list-running --nowait',
  ...times,
  'list --uuid --name',
  'list --uuid --name --persistent',
  'uri',
];
/** Asked last: it tells of a pCPU whose loss has changed the affinities that were shown before. */
const last = 'nodecpumap';
const first = [...general, 'capabilities', last];
const about = (index: number) => [`vcpuinfo ${guestUuid(index)}`, `domid ${guestUuid(index)}`];
const aboutWithXml = (index: number) => [`vcpuinfo ${guestUuid(index)}`, `dumpxml ${guestUuid(index)}`];
const later = (...domains: readonly number[]) => [...general, ...domains.flatMap(about), last];
/** the same, with the configuration of each */
const laterWithXml = (...domains: readonly number[]) => [...general, ...domains.flatMap(aboutWithXml), last];

/** A machine of which the numbers of the pCPUs are known, and nothing else. */
const cpusOnline =
  (online: () => readonly number[]): ReadFile =>
  async (path) =>
    path === '/sys/devices/system/cpu/online' ? `${online().join()}\n` : undefined;

function setUp(
  domains = [guest(1), guest(2)],
  pcpus = 2,
  over: Record<string, Said> = {},
  readFile?: ReadFile,
  connect?: string,
) {
  let now = 77;
  const host = simHost(pcpus, domains);
  const answer = answerOf(host);
  const { virsh, calls } = virshOf(
    (command) => over[command] ?? answer(command),
    () => now,
  );
  const wait = (ms: number) => {
    now += ms;
  };
  return { host, calls, wait, ...hostReader(virsh, readFile ?? cpusOnline(() => host.online), connect) };
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
    const many = Array.from({ length: 800 }, (_, i) => guest(i));
    const { sample, calls } = setUp(many);
    await sample();
    const { domains } = await sample();
    expect(calls.map(({ length }) => length)).toEqual([8, expect.any(Number), expect.any(Number)]);
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
      const cpu = /^nodecpustats --cpu (\d)$/.exec(command)?.[1];
      if (cpu !== undefined) return recorded(`hosts/demand-9.0.0/nodecpustats.${cpu}`);
      const names = [
        'domstats--vcpu--list-running--nowait',
        ...times,
        'list',
        'list--persistent',
        'uri',
        'capabilities',
        'nodecpumap',
      ];
      const name = names[first.indexOf(command)];
      return name === undefined ? undefined : recorded(`${place}/${name}`);
    });
    const reader = hostReader(
      virsh,
      cpusOnline(() => [0, 1]),
    );
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
      'web',
      'db',
      'floating',
      'hotplug',
      '3',
      `it's "quoted"`,
      '  spaces around and  within ',
      '; destroy web; echo ;;',
      '--all',
      'csi\u009b31mred',
      '#hash $(id) `id` \\ back',
      'Größe-日本-\u202eabc',
    ]);
    expect(domains.flatMap(({ vcpus }) => vcpus.flatMap(({ problem }) => problem ?? []))).toEqual([]);
    const reasons = new Set(leftAlone.map(({ domain, reason }) => `${domain.name}: ${reason}`));
    expect([...reasons]).toEqual([
      'paused: it is not running (paused, or changing its state)',
      `row\n6c0e3c5a-54d1-4b0e-9d8e-000000000001 web: its name holds a line break`,
      `line\n\n  vcpu.0.time=1\nDomain: 'web: its name holds a line break`,
    ]);
  });
});

describe('what changes between two samples', () => {
  async function changed(change: (host: SimHost, over: Record<string, Said>) => void) {
    const over: Record<string, Said> = {};
    const given = setUp(undefined, undefined, over);
    await given.sample();
    change(given.host, over);
    const next = await given.sample();
    return { ...given, next };
  }
  const shown = ({ domains }: Snapshot) =>
    domains.map(
      ({ name, vcpus }) => `${name}: ${vcpus.map(({ number, problem }) => problem ?? number).join(', ')}`,
    );

  test('a domain that comes is seen, and asked for its place in the sample after', async () => {
    const { next, sample, calls } = await changed((host) => {
      host.domains = [...host.domains, guest(3)];
    });
    expect(shown(next)).toEqual(['guest-1: 0', 'guest-2: 0', 'guest-3: it has just started']);
    expect(shown(await sample())).toEqual(['guest-1: 0', 'guest-2: 0', 'guest-3: 0']);
    expect(calls).toEqual([
      first,
      laterWithXml(1, 2),
      [...general, ...[1, 2].flatMap(about), ...aboutWithXml(3), last],
    ]);
  });

  test('a domain that goes fails nothing, and is not asked for again', async () => {
    const { next, sample, calls } = await changed((host) => {
      host.domains = host.domains.slice(1);
    });
    expect(shown(next)).toEqual(['guest-2: 0']);
    await sample();
    expect(calls).toEqual([first, laterWithXml(1, 2), later(2)]);
  });

  test('all domains go', async () => {
    const { next, sample, calls } = await changed((host) => {
      host.domains = [];
    });
    expect(shown(next)).toEqual([]);
    await sample();
    expect(calls.at(-1)).toEqual(later());
  });

  test('a domain that is paused is left alone', async () => {
    const { next } = await changed((host) => changeDomain(host, 0, { state: 'paused' }));
    expect(shown(next)).toEqual(['guest-2: 0']);
    expect(next.leftAlone).toEqual([
      {
        domain: { uuid: guestUuid(1), name: 'guest-1' },
        vcpu: undefined,
        kind: 'not-running',
        reason: 'it is not running (paused, or changing its state)',
      },
    ]);
  });

  test('a domain that is paused is asked for its pins, like others', async () => {
    const { next, calls, sample } = await changed((host) => changeDomain(host, 0, { state: 'paused' }));
    expect(next.paused).toMatchObject([
      { name: 'guest-1', id: 1, vcpus: [{ placement: { affinity: [0] } }] },
    ]);
    await sample();
    expect(calls.at(-1)).toEqual(later(2, 1));
  });

  test('vCPUs are plugged in and out, and one lacks its time', async () => {
    const { next } = await changed((host, over) => {
      changeDomain(host, 0, { vcpus: [guestVcpu(5, 50, [0])] });
      const [command = ''] = general;
      const said = answerOf(host)(command);
      over[command] = withoutTimes((name) => name === 'guest-2')(command, said) ?? said;
    });
    expect(shown(next)).toEqual([
      'guest-1: 5',
      'guest-2: libvirt did not report its CPU time (the domain may be busy)',
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
  const { host, sample } = setUp([guest(1)]);
  const ids = async () => (await sample()).domains.map(({ id }) => id);
  expect(await ids()).toEqual([undefined]);
  expect(await ids()).toEqual([1]);
  changeDomain(host, 0, { id: 9 });
  expect(await ids()).toEqual([9]);
});

describe('what binds the domains', () => {
  const bounds = ({ domains }: Snapshot) =>
    domains.map(({ bounds: { cpuset, pins, leave } }) => leave ?? { cpuset, pins });
  const none = { cpuset: undefined, pins: [] };
  const bound = (over: Parameters<typeof guest>[1]) => guest(1, { transient: false, ...over });

  test('is known with the places, and read again after a minute and in another start', async () => {
    const { host, sample, wait, calls } = setUp([bound({ cpuset: [0] })]);
    expect(bounds(await sample())).toEqual(['it has just started']);
    expect(bounds(await sample())).toEqual([{ cpuset: [0], pins: [] }]);
    changeDomain(host, 0, { cpuset: undefined });
    const seen = [];
    for (let i = 0; i < 4; i++) {
      wait(20_000);
      seen.push(...bounds(await sample()));
    }
    expect(seen).toEqual([{ cpuset: [0], pins: [] }, { cpuset: [0], pins: [] }, none, none]);
    changeDomain(host, 0, { id: 8 });
    expect(bounds(await sample())).toEqual(['it has just started']);
    expect(bounds(await sample())).toEqual([none]);
    const withXml = calls.map((call) => call.includes(`dumpxml ${guestUuid(1)} --inactive`));
    expect(withXml).toEqual([false, true, false, false, true, false, false, true]);
  });

  test('a configuration that cannot be read: the domain is left alone, and it is tried again', async () => {
    const command = `dumpxml ${guestUuid(1)} --inactive`;
    const over: Record<string, Said> = { [command]: { stderr: 'error: busy\n' } };
    const { sample } = setUp([bound({})], 2, over);
    await sample();
    expect(bounds(await sample())).toEqual(['its configuration could not be read: busy']);
    delete over[command];
    expect(bounds(await sample())).toEqual([none]);
  });

  test("pins of a transient domain are nobody's word", async () => {
    const { sample } = setUp([bound({ transient: true, affinity: [1] })]);
    await sample();
    expect(bounds(await sample())).toEqual([none]);
  });

  test('isolated pCPUs and cgroups, of this machine alone', async () => {
    const files: Record<string, string> = {
      '/sys/devices/system/cpu/online': '0-1\n',
      '/sys/devices/system/cpu/isolated': '1\n',
      '/sys/fs/cgroup/machine.slice/cpuset.cpus.effective': '0\n',
    };
    const { sample } = setUp([bound({ partition: '/machine' })], 2, {}, async (path) => files[path]);
    await sample();
    const { isolated, domains } = await sample();
    expect([isolated, domains[0]?.bounds.granted]).toEqual([[1], [0]]);
    const other = setUp([bound({ partition: '/machine' })], 4, {}, async (path) => files[path]);
    await other.sample();
    const elsewhere = await other.sample();
    expect([elsewhere.isolated, elsewhere.domains[0]?.bounds.granted]).toEqual([[], undefined]);
  });

  test('over a remote connection they are not known', async () => {
    const { sample } = setUp([], 2, { uri: { stdout: 'qemu+ssh://kvm1/system\n\n' } });
    expect((await sample()).isolated).toBeUndefined();
  });
});

describe('the times of pCPUs', () => {
  const told = ({ pcpuTimes }: Snapshot) => [...pcpuTimes.keys()];
  const asked = (call: readonly string[] | undefined) =>
    (call ?? []).filter((command) => command.startsWith('nodecpustats')).length;
  const elsewhere: ReadFile = async () => undefined;

  test('come with each sample', async () => {
    const { host, sample } = setUp();
    pass(host, 1000);
    const one = await sample();
    pass(host, 1000);
    const two = await sample();
    expect(one.pcpuTimes.get(0)).toEqual({ busyNs: 1_000_000_000n, totalNs: 1_000_000_000n });
    expect(two.pcpuTimes.get(0)).toEqual({ busyNs: 2_000_000_000n, totalNs: 2_000_000_000n });
    expect(two.pcpuTimes.get(1)).toEqual({ busyNs: 0n, totalNs: 2_000_000_000n });
  });

  test('of another machine: those that the first sample could not know of are asked for at once', async () => {
    const { sample, calls } = setUp(
      undefined,
      3,
      {},
      cpusOnline(() => [0, 1]),
    );
    expect(told(await sample())).toEqual([0, 1, 2]);
    expect(calls[1]).toEqual(['echo unchanged', 'nodecpustats --cpu 2']);
    expect(told(await sample())).toEqual([0, 1, 2]);
    expect(calls).toHaveLength(3);
  });

  test('of a remote one this machine is not asked', async () => {
    const uri = { stdout: 'qemu+ssh://kvm1/system\n\n' };
    const { sample, calls } = setUp(
      undefined,
      2,
      { uri },
      cpusOnline(() => [0, 1, 2, 3]),
      'qemu+ssh://kvm1/system',
    );
    expect(told(await sample())).toEqual([0, 1]);
    expect(calls).toEqual([
      first.filter((command) => !times.includes(command)),
      ['echo unchanged', ...times],
    ]);
  });

  test('a connection that has none is not asked again, and all else is there', async () => {
    const error = { stderr: 'error: this function is not supported by the connection driver\n' };
    const over = Object.fromEntries(times.map((command) => [command, error]));
    const { sample, calls } = setUp(undefined, 2, over);
    expect(told(await sample())).toEqual([]);
    expect((await sample()).domains).toHaveLength(2);
    expect(calls.map(asked)).toEqual([2, 0]);
  });

  test('a virsh that does not know of them runs nothing, and is asked without', async () => {
    const host = simHost(2, [guest(1)]);
    const { virsh, calls } = virshOf(answerOf(host));
    const old: Virsh = async (args, signal) => {
      if (args.join().includes('nodecpustats'))
        return {
          stdout: '',
          stderr: "error: unknown command: 'nodecpustats'\n",
          exitCode: 1,
          firstStderrAtMs: 0,
        };
      return virsh(args, signal);
    };
    const { sample } = hostReader(
      old,
      cpusOnline(() => host.online),
    );
    expect(told(await sample())).toEqual([]);
    expect((await sample()).domains[0]?.vcpus[0]?.placement).toBeDefined();
    expect(calls).toHaveLength(2);
  });

  test('one that is offline costs its own', async () => {
    const { host, sample } = setUp();
    await sample();
    host.online = [0];
    expect(told(await sample())).toEqual([0]);
  });

  test('of a large host they are asked every 15 s, and in the first two samples', async () => {
    const { sample, wait, calls } = setUp([], 65);
    for (let i = 0; i < 12; i++) {
      await sample();
      wait(5000);
    }
    const seen = calls.map(asked);
    expect(seen).toEqual([65, 65, 0, 0, 65, 0, 0, 65, 0, 0, 65, 0]);
  });

  test('where nothing is known of this machine either, all is read all the same', async () => {
    const { sample, calls } = setUp(undefined, 2, {}, elsewhere);
    expect(told(await sample())).toEqual([0, 1]);
    expect(calls).toHaveLength(2);
  });
});

describe('which pCPUs are online', () => {
  const lying = (count: number, map: string) => ({
    nodecpumap: {
      stdout: `CPUs present:   ${map.length}\nCPUs online:    ${count}\nCPU map:        ${map}\n\n`,
    },
  });
  const offline = (...cpus: readonly number[]) => ({
    capabilities: {
      stdout: `<capabilities><host><topology><cells><cell id='0'><cpus>${[0, 1, 2, 3]
        .map((id) =>
          cpus.includes(id) ? `<cpu id='${id}'/>` : `<cpu id='${id}' core_id='${id}' siblings='${id}'/>`,
        )
        .join('')}</cpus></cell></cells></topology></host></capabilities>\n`,
    },
  });
  const noFiles: ReadFile = async () => undefined;

  test.each([
    ['the map says so', lying(4, 'yyyy'), [0, 1, 2, 3], false],
    ['the map has more than there are', lying(2, 'yy-y'), [0, 1], true],
    ['capabilities knows them to be offline', { ...lying(3, 'yyyy'), ...offline(1) }, [0, 2, 3], true],
    ['it knows of one, and another is too many', { ...lying(2, 'yyyy'), ...offline(1) }, [0, 2], true],
    [
      'the number is right, and capabilities is not of that opinion',
      { ...lying(4, 'yyyy'), ...offline(3) },
      [0, 1, 2],
      true,
    ],
  ])('%s', async (_, over, online, isTold) => {
    const { sample } = setUp([], 4, over, noFiles);
    const snapshot = await sample();
    expect(snapshot.online).toEqual(online);
    expect(snapshot.remarks?.some((line) => line.startsWith("'virsh nodecpumap' shows pCPU"))).toBe(isTold);
  });

  test('a map that changes by itself has the topology read once', async () => {
    const over: Record<string, Said> = { ...lying(2, 'yyy-'), ...offline(2, 3) };
    const { sample, calls } = setUp([], 4, over, noFiles);
    expect((await sample()).online).toEqual([0, 1]);
    Object.assign(over, lying(2, 'yy-y'));
    expect((await sample()).online).toEqual([0, 1]);
    Object.assign(over, lying(2, 'yyyy'));
    expect((await sample()).online).toEqual([0, 1]);
    expect(calls.filter((call) => call.includes('capabilities'))).toHaveLength(1);
  });
});

describe('the cells of passed-through devices', () => {
  test('are asked for once, with the configuration', async () => {
    const { sample, calls } = setUp([guest(1, { devices: [{ bus: 0x81, slot: 0, cell: 1 }] })]);
    for (let i = 0; i < 3; i++) await sample();
    const { domains } = await sample();
    expect(domains[0]?.bounds.deviceCells).toEqual([1]);
    expect(calls.flat().filter((command) => command.startsWith('nodedev'))).toHaveLength(1);
    expect(calls).toHaveLength(5);
  });

  test('one that libvirt cannot tell is not asked again, and is told', async () => {
    const domain = guest(1, { devices: [{ bus: 0x82, slot: 0, cell: 1 }] });
    const error = { stderr: "error: Could not find matching device 'pci_0000_82_00_0'\n" };
    const { sample, calls } = setUp([domain], 2, { 'nodedev-dumpxml pci_0000_82_00_0': error });
    for (let i = 0; i < 3; i++) await sample();
    const { domains, remarks } = await sample();
    expect(domains[0]?.bounds.deviceCells).toEqual([]);
    expect(remarks).toEqual([
      "the cell of the device pci_0000_82_00_0 is not known: Could not find matching device 'pci_0000_82_00_0'",
    ]);
    expect(calls).toHaveLength(5);
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
    const { topology, topologyProblem } = await sample();
    expect([topology, topologyProblem]).toEqual([
      [],
      `the cells and cores of the host are not known, since libvirt cannot report its topology: 'virsh capabilities' printed no usable XML: "x"`,
    ]);
    await sample();
    expect(calls[1]).toContain('capabilities');
  });

  test('capabilities that fails again is asked again after a minute', async () => {
    const { sample, wait, calls } = setUp(undefined, 2, { capabilities: { stderr: 'error: busy\n' } });
    for (let i = 0; i < 8; i++) {
      await sample();
      wait(15_000);
    }
    expect(calls.map((call) => call.includes('capabilities'))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  test('what a wrapper says on stderr is no failure, and is kept', async () => {
    const over = {
      [`vcpuinfo ${guestUuid(1)}`]: { stderr: 'timer -1\n', stdout: 'VCPU: 0\nCPU: 0\nCPU Affinity: y-\n\n' },
    };
    const { sample } = setUp([guest(1)], 2, over);
    await sample();
    const { domains, remarks } = await sample();
    expect(domains[0]?.vcpus[0]?.placement).toEqual({ affinity: [0], lastPcpu: 0 });
    expect(remarks).toEqual(['timer -1']);
  });

  test('the places of one domain: its vCPUs are unknown, with the reason', async () => {
    const { sample } = setUp(undefined, 2, { [`vcpuinfo ${guestUuid(1)}`]: { stderr: 'error: busy\n' } });
    await sample();
    const { domains } = await sample();
    expect(domains.map(({ vcpus }) => vcpus[0]?.problem)).toEqual(['busy', undefined]);
  });

  test('an abort ends a sample', async () => {
    await expect(setUp().sample(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('in turns', () => {
  /** Samples each second, as a watch does that finds nothing to do; `seconds` tells the seconds in which a command was asked. */
  async function eachSecond(domains: readonly SimDomain[], forSeconds: number) {
    const given = setUp([...domains]);
    const snapshots: Snapshot[] = [await given.sample()];
    for (let second = 1; second <= forSeconds; second++) {
      given.wait(1000);
      snapshots.push(await given.sample(undefined, second < 2 ? 'all' : 'in turns'));
    }
    const seconds = (command: string) =>
      given.calls.flatMap((call, second) => (call.includes(command) ? [second] : []));
    return { ...given, snapshots, seconds };
  }

  test('what domains run each time, the host and their names each five seconds', async () => {
    const { calls, seconds } = await eachSecond([guest(1), guest(2)], 12);
    expect(calls[2]).toEqual([general[0]]);
    expect(calls[6]).toEqual(expect.arrayContaining(['list --uuid --name']));
    // Also with the places that are due.
    expect(seconds('nodecpumap')).toEqual([0, 1, 6, 9, 10, 11]);
    expect(seconds('nodecpustats --cpu 1')).toEqual([0, 1, 6, 11]);
    expect(seconds('uri')).toEqual([0, 1, 6, 11]);
  });

  test('a pinned vCPU within ten seconds, one that floats each five seconds', async () => {
    const domains = [guest(1), guest(2, { affinity: [0, 1] })];
    const { seconds, snapshots } = await eachSecond(domains, 61);
    expect(seconds(`vcpuinfo ${guestUuid(1)}`)).toEqual([1, 9, 17, 25, 33, 41, 46, 54]);
    expect(seconds(`vcpuinfo ${guestUuid(2)}`).slice(0, 5)).toEqual([1, 6, 11, 16, 21]);
    expect(snapshots.map(({ arePlacesOld }) => arePlacesOld).slice(0, 4)).toEqual([
      undefined,
      undefined,
      true,
      true,
    ]);
  });

  test('a pin of somebody else is seen within ten seconds, and at once by one who looks at all', async () => {
    const { host, sample, wait } = await eachSecond([guest(1, { transient: false })], 3);
    host.now = pinLive(host.now, [{ uuid: guestUuid(1), vcpu: 0, cpus: [1] }]);
    const affinity = ({ domains }: Snapshot) => domains[0]?.vcpus[0]?.placement?.affinity;
    let second = 0;
    for (let seen: Snapshot['online'] | undefined = [0]; seen?.[0] !== 1; second++) {
      wait(1000);
      seen = affinity(await sample(undefined, 'in turns'));
    }
    expect(second).toBeLessThanOrEqual(10);
    host.now = pinLive(host.now, [{ uuid: guestUuid(1), vcpu: 0, cpus: [0] }]);
    wait(1000);
    expect(affinity(await sample(undefined, 'all'))).toEqual([0]);
  });

  test('of a domain that has been started anew nothing is taken from before', async () => {
    const { host, sample, wait } = await eachSecond([guest(1, { transient: false })], 3);
    host.now = startDomain(stopDomain(host.now, guestUuid(1)), guestUuid(1));
    wait(1000);
    const [domain] = (await sample(undefined, 'in turns')).domains;
    expect(domain).toMatchObject({ id: undefined, bounds: { leave: 'it has just started' } });
    expect(domain?.vcpus[0]).toMatchObject({ placement: undefined });
    wait(1000);
    const [known] = (await sample(undefined, 'in turns')).domains;
    expect(known).toMatchObject({ id: expect.any(Number), vcpus: [{ placement: { affinity: [0, 1] } }] });
    expect(known?.bounds.leave).toBeUndefined();
  });

  test('a pCPU that has gone is seen with the places that show it', async () => {
    const { host, sample, wait } = await eachSecond([guest(1, { affinity: [1] })], 3);
    host.online = [0];
    for (let second = 0; ; second++) {
      wait(1000);
      const { domains, online } = await sample(undefined, 'in turns');
      expect(second).toBeLessThan(10);
      if (domains[0]?.vcpus[0]?.placement?.affinity[0] === 1) continue;
      expect(online).toEqual([0]);
      return;
    }
  });

  test('a domain that comes is asked with the next sample, and whether it is persistent', async () => {
    const { host, sample, wait, calls } = await eachSecond([guest(1, { transient: false })], 3);
    host.domains = [...host.domains, guest(5)];
    wait(1000);
    const { domains } = await sample(undefined, 'in turns');
    expect(domains.map(({ uuid }) => uuid)).toEqual([guestUuid(1), guestUuid(5)]);
    wait(1000);
    await sample(undefined, 'in turns');
    expect(calls.at(-1)).toEqual(
      expect.arrayContaining(['list --uuid --name --persistent', `vcpuinfo ${guestUuid(5)}`]),
    );
  });
});
