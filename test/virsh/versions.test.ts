import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { oldestLibvirt } from '../../src/doctor/checks/virsh.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { hostReader } from '../../src/host/host-reader.ts';
import type { ReadFile } from '../../src/host/local-host.ts';
import { runBatch } from '../../src/virsh/batch.ts';
import { daemonVersion } from '../../src/virsh/commands/daemon-version.ts';
import { domid } from '../../src/virsh/commands/domid.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { dumpxml, dumpxmlInactive } from '../../src/virsh/commands/dumpxml.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { listAll } from '../../src/virsh/commands/list-all.ts';
import { nodecpumap } from '../../src/virsh/commands/nodecpumap.ts';
import { nodecpustats } from '../../src/virsh/commands/nodecpustats.ts';
import { uri } from '../../src/virsh/commands/uri.ts';
import { vcpuinfo } from '../../src/virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../../src/virsh/commands/vcpupin.ts';
import { BatchRefused, batchFailure, isPermission } from '../../src/virsh/failures.ts';
import { readerOf, type Virsh } from '../../src/virsh/runner.ts';
import { virshVersion } from '../../src/virsh/virsh-version.ts';
import { recorded, recordedRuns, replay } from '../support/recorded.ts';
import { virshOf } from '../support/virsh-of.ts';

// A folder of fixtures/versions, VIRSH or VIRSH-over-LIBVIRT, is tested by being there.

const folders = readdirSync(new URL('../../fixtures/versions/', import.meta.url));
const versions = folders.map((folder) => {
  const [client = '', daemon = client] = folder.split('-over-');
  return { folder, client, daemon };
});
const isSince = (version: string, since: string) =>
  version.localeCompare(since, 'en', { numeric: true }) >= 0;

test('the oldest that is recorded is the oldest that doctor takes without a warning', () => {
  const all = versions.flatMap(({ client, daemon }) => [client, daemon]);
  expect(all.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0]).toBe(oldestLibvirt);
});

const uuid = {
  web: '6c0e3c5a-54d1-4b0e-9d8e-000000000070',
  quoted: '6c0e3c5a-54d1-4b0e-9d8e-000000000071',
  hotplug: '6c0e3c5a-54d1-4b0e-9d8e-000000000072',
  off: '6c0e3c5a-54d1-4b0e-9d8e-000000000073',
  gone: '6c0e3c5a-54d1-4b0e-9d8e-0000000000ff',
};

const pcpusOnline: ReadFile = async (path) =>
  path === '/sys/devices/system/cpu/online' ? '0-1\n' : undefined;

/** Answers each command as it was recorded, wherever it stands in a batch. */
function player(place: string): Virsh {
  const answers = new Map(
    Object.entries(recordedRuns(place)).map(([name, { virsh }]) => [virsh.slice(2).join(' '), name]),
  );
  return virshOf((command) => {
    if (command === 'echo unchanged') return { stdout: 'unchanged\n\n' };
    const name = answers.get(command);
    return name === undefined ? undefined : recorded(`${place}/${name}`);
  }).virsh;
}

/** A virsh that says what one run said. */
function saying(place: string, name: string): Virsh {
  return async () => ({ ...recorded(`${place}/${name}`), exitCode: 0, firstStderrAtMs: 0 });
}

describe.each(versions)('$folder', ({ folder, client, daemon }) => {
  const place = `versions/${folder}/qemu`;
  const said = (name: string) => recorded(`${place}/${name}`);

  test('tells its versions', async () => {
    expect(await virshVersion(saying(place, 'version'))).toBe(client);
    expect(daemonVersion.parse(said('version--daemon').stdout)).toBe(daemon);
  });

  test('the host is read whole, with nothing odd', async () => {
    const { sample, uri: named } = hostReader(player(place), pcpusOnline);
    await sample();
    const snapshot = await sample();
    expect(named()).toBe('qemu:///system');
    expect(snapshot).toMatchObject({ online: [0, 1], leftAlone: [], paused: [], remarks: [] });
    expect(snapshot.topologyProblem).toBeUndefined();
    expect(snapshot.topology.map(({ id, cellId, siblings }) => [id, cellId, siblings])).toEqual([
      [0, 0, [0]],
      [1, 0, [1]],
    ]);
    expect(snapshot.topology.map(({ clusterId }) => clusterId)).toEqual([undefined, undefined]);
    expect([...snapshot.pcpuTimes.keys()]).toEqual([0, 1]);
    expect(snapshot.domains.map(({ uuid: id, name }) => [id, name])).toEqual([
      [uuid.web, 'web'],
      [uuid.quoted, `it's "quoted"`],
      [uuid.hotplug, 'hotplug'],
    ]);
    expect(snapshot.domains.map(({ vcpus }) => vcpus.map(({ number }) => number))).toEqual([
      [0, 1],
      [0],
      [0, 1, 3],
    ]);
    for (const { id, cpuTimeNs, vcpus } of snapshot.domains) {
      expect(id).toBeGreaterThan(0);
      expect(cpuTimeNs).toBeGreaterThan(0n);
      for (const { counters, placement, problem } of vcpus) {
        expect(problem).toBeUndefined();
        expect(placement?.affinity.length).toBeGreaterThan(0);
        expect(counters?.cpuTimeNs).toBeGreaterThanOrEqual(0n);
        expect(counters?.delayNs !== undefined).toBe(isSince(daemon, '7.2.0'));
      }
    }
    expect(snapshot.domains.map(({ vcpus }) => vcpus.map(({ placement }) => placement?.affinity))).toEqual([
      [[1], [1]],
      [[0]],
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    ]);
  });

  test('what configurations say', async () => {
    const { sample } = hostReader(player(place), pcpusOnline);
    await sample();
    const [web, quoted, hotplug] = (await sample()).domains.map(({ bounds }) => bounds);
    expect(web).toMatchObject({
      cpuset: [0, 1],
      pins: [
        { vcpu: 0, cpus: [0] },
        { vcpu: 1, cpus: [1] },
      ],
      memoryCells: [0],
      quota: { vcpuPct: 40, domainPct: 150 },
      emulator: [[1]],
      guestThreads: 2,
      word: { priority: 5 },
      leave: undefined,
    });
    expect(quoted).toMatchObject({ pins: [], live: { pins: [{ vcpu: 0, cpus: [0] }] }, leave: undefined });
    expect(hotplug).toMatchObject({ pins: [], live: { pins: [] }, leave: undefined });
    expect(dumpxmlInactive(uuid.off).parse(said('dumpxml--inactive.off').stdout)).toMatchObject({
      id: undefined,
      pins: [{ vcpu: 0, cpus: [0] }],
    });
    expect(dumpxml(uuid.off).parse(said('dumpxml.off').stdout).id).toBeUndefined();
  });

  test('one domain is off, and one is not there', async () => {
    expect(listAll.parse(said('list--all').stdout).map((each) => each.uuid)).toContain(uuid.off);
    expect(list.parse(said('list').stdout).map((each) => each.uuid)).not.toContain(uuid.off);
    expect(domid(uuid.off).parse(said('domid.off').stdout)).toBeUndefined();
    expect(() => vcpuinfo(uuid.off).parse(said('vcpuinfo.off').stdout)).toThrow('printed no usable CPU');
    const about = [vcpuinfo, domid, dumpxml, dumpxmlInactive].map((command) => command(uuid.gone));
    const { outcomes } = await runBatch(player(place), about);
    const error = `failed to get domain '${uuid.gone}'`;
    expect(outcomes).toEqual(about.map(() => ({ ok: false, error })));
  });

  test('the times of a pCPU: those of guests are a part of user, wherever they are told', () => {
    expect(nodecpustats(0).parse(said('nodecpustats.known').stdout)).toEqual({
      busyNs: 15_130_000_000n,
      totalNs: 55_630_000_000n,
    });
    expect(said('nodecpustats.known').stdout.includes('guest:')).toBe(
      isSince(client, '12.8.0') && isSince(daemon, '12.8.0'),
    );
  });

  test('a pCPU and a device that are not there', async () => {
    const { outcomes } = await runBatch(player(place), [nodecpustats(2)]);
    expect(outcomes).toEqual([{ ok: false, error: expect.stringContaining('cpuNum') }]);
    expect(said('nodedev-dumpxml.none').stderr).toMatch(
      /^error: (Could not find matching device|no node dev)/,
    );
  });

  const pins = [
    vcpupin(uuid.web, 0, [0]),
    vcpupin(uuid.web, 1, [0, 1]),
    vcpupin(uuid.web, 7, [0]),
    vcpupin(uuid.web, 0, [99]),
    vcpupin(uuid.off, 0, [0]),
    vcpupin(uuid.gone, 0, [0]),
    vcpuinfo(uuid.web),
  ] as const;

  test('pins of one batch, of which some fail, and what is shown afterwards', async () => {
    const { outcomes } = await runBatch(replay('batch.pins', undefined, place), pins);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, false, false, false, true]);
    expect(outcomes.slice(2, 6)).toEqual([
      { ok: false, error: expect.stringMatching(/vcpu 7 is out of range/) },
      { ok: false, error: expect.stringMatching(/CPU 99 in cpulist '99' exceed the maxcpu/) },
      { ok: false, error: expect.stringMatching(/domain is not running/) },
      { ok: false, error: expect.stringMatching(/failed to get domain/) },
    ]);
    const shown = outcomes[6];
    expect(shown.ok && [...shown.value.values()].map(({ affinity }) => affinity)).toEqual([[0], [0, 1]]);
  });

  test('pins over a connection for reading are refused for want of permission', async () => {
    const { outcomes } = await runBatch(replay('batch.pins--readonly', undefined, place), pins);
    expect(outcomes[0].ok || isPermission(outcomes[0].error)).toBe(true);
    expect(outcomes[0].ok).toBe(false);
  });

  test.each([
    ['unknown-command', exitStatus.failed],
    ['unknown-option', exitStatus.failed],
    ['daemon-down', exitStatus.unavailable],
    ['not-permitted', exitStatus.notPermitted],
  ])('%s is told from other failures', (name, status) => {
    const failure = batchFailure(said(`failure.${name}`).stderr);
    expect(failure.status).toBe(status);
    expect(failure instanceof BatchRefused).toBe(status === exitStatus.failed);
  });

  test('without a socket for reading the other one is asked', async () => {
    const other = virshOf(() => ({ stdout: 'qemu:///system\n\n' }));
    const { outcomes } = await runBatch(readerOf(saying(place, 'failure.no-read-only-socket'), other.virsh), [
      uri,
    ]);
    expect(outcomes).toEqual([{ ok: true, value: 'qemu:///system' }]);
  });

  test('kept open, it prints the same as any other', () => {
    const [first = ''] = folders;
    const sessions = Object.keys(recordedRuns(place)).filter((name) => name.startsWith('session'));
    expect(sessions).toHaveLength(6);
    for (const name of sessions) expect(said(name)).toEqual(recorded(`versions/${first}/qemu/${name}`));
  });

  describe('over the test driver', () => {
    const driver = `versions/${folder}/test-driver`;
    const ask = player(driver);

    test('what it tells is read', async () => {
      const { outcomes } = await runBatch(ask, [list, nodecpumap, uri, nodecpustats(0)]);
      expect(outcomes).toEqual([
        { ok: true, value: [{ uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', name: 'test' }] },
        { ok: true, value: { map: [0, 2, 4], count: 3 } },
        { ok: true, value: 'test:///default' },
        { ok: true, value: { busyNs: 34_688_520_800_000n, totalNs: expect.any(BigInt) } },
      ]);
    });

    test('what a configuration has that an older one does not know (energytune, 12.4) is passed over', () => {
      const { stdout } = recorded(`${driver}/dumpxml.energy`);
      expect(stdout.includes('<energytune')).toBe(isSince(client, '12.4.0'));
      expect(dumpxmlInactive('6c0e3c5a-54d1-4b0e-9d8e-000000000074').parse(stdout)).toMatchObject({
        pins: [{ vcpu: 0, cpus: [1] }],
        quota: { vcpuPct: undefined, domainPct: undefined },
      });
    });

    test('statistics, which the library of virsh makes: none in 7.0, and none of vCPUs in any', async () => {
      const [stats] = (await runBatch(ask, [domstats])).outcomes;
      const error = expect.stringMatching(/not supported by the connection driver/);
      if (!isSince(client, '9.0.0')) expect(stats).toEqual({ ok: false, error });
      else expect(stats).toMatchObject({ ok: true, value: [{ name: 'test', vcpus: new Map() }] });
    });
  });
});

describe('what no version of Debian shows', () => {
  test('halt polling, under KVM from 8.10 on', () => {
    const [web] = domstats.parse(recorded('differences/domstats.halt-polling').stdout);
    expect(web?.vcpus.get(0)).toEqual({
      cpuTimeNs: 12_340_000_000n,
      delayNs: 56_789_012n,
      polledNs: 1_500_000_000n,
    });
  });

  test('nodecpumap whose map has bits of offline pCPUs: the count tells', () => {
    const { map, count } = nodecpumap.parse(recorded('differences/nodecpumap.offline-bits').stdout);
    expect([map.length, count]).toEqual([6, 4]);
  });

  // 10.7 printed it without --table; it is 10.8 that has the option.
  test.each(folders.filter((folder) => isSince(folder.split('-over-')[0] ?? '', '10.8.0')))(
    'a table in the place of UUIDs, as in 10.7 (%s): no domains are never made of it',
    (folder) => {
      const { stdout } = recorded(`versions/${folder}/qemu/list--uuid--table`);
      expect(stdout).toContain('UUID');
      expect(() => list.parse(stdout)).toThrow("'virsh list --uuid --name' printed no usable UUID");
    },
  );
});
