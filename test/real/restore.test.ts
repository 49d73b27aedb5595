import { access, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type GuestSpec, removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { truth } from './support/truth.ts';
import { until } from './support/until.ts';
import { virshWrapper } from './support/virsh-wrapper.ts';
import { startWatch } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

/** By hand on either pCPU, floating, and a guest of two vCPUs that are not alike: ten vCPUs in all. */
const guests: readonly GuestSpec[] = [
  ...singles(Array(6).fill(4), (i) => `${i % 2}`),
  ...singles([4, 4], () => undefined).map((each) => ({ ...each, name: `floating-${each.name}` })),
  { name: 'pair', vcpus: [{ duty: 4 }, { duty: 4, phase: 32 }], pins: ['0', '0-1'] },
];

/** What the kernel lets each vCPU run on. */
const affinities = async () =>
  (await truth()).map(({ uuid, vcpu, affinity }) => `${uuid}/${vcpu} ${affinity.join()}`);

/** To one pCPU they all have to go, whatever their loads. */
const toOne = ['--cpus', '1'];

async function moved(before: readonly string[]): Promise<number> {
  return (await affinities()).filter((line) => !before.includes(line)).length;
}

test('after once, and after several of them: every affinity in /proc is what it was', async () => {
  await startGuests(host, guests);
  const before = await affinities();
  for (const pcpu of ['1', '0', '1']) {
    await vcpusched(host, ['once', '--window', '0.5', '--cpus', pcpu]);
    expect((await truth()).map(({ affinity }) => affinity.join())).toEqual(Array(10).fill(pcpu));
  }
  expect(await vcpusched(host, ['restore'])).toEqual({ status: 0, stdout: 'restored 7 vCPUs', stderr: '' });
  expect(await affinities()).toEqual(before);
  expect((await vcpusched(host, ['restore'])).stdout).toBe('nothing to restore');
});

test('after watch --restore-on-exit, ended by a signal', async () => {
  await startGuests(host, guests);
  const before = await affinities();
  const watching = startWatch(host, 0.5, '--restore-on-exit', ...toOne);
  await watching.firstMoves(3);
  expect(await moved(before)).toBe(7);
  expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
  expect(await affinities()).toEqual(before);
});

test('after a restart of libvirtd, and of one that has fewer guests by then', async () => {
  const [first] = await startGuests(host, guests);
  const before = await affinities();
  await vcpusched(host, ['once', '--window', '0.5', ...toOne]);
  expect(await moved(before)).toBe(7);
  await host.signalDaemon('KILL');
  await host.startDaemon();
  await host.virsh('destroy', first?.uuid ?? '');
  expect((await vcpusched(host, ['restore'])).status).toBe(0);
  expect(await affinities()).toEqual(before.filter((line) => !line.startsWith(first?.uuid ?? '?')));
});

test('a guest that was started anew keeps what its configuration says', async () => {
  const spec: GuestSpec = { name: 'persistent', vcpus: [{ duty: 4 }], pins: [undefined], persistent: true };
  const [guest] = await startGuests(host, [spec]);
  await vcpusched(host, ['once', '--window', '0.5', ...toOne]);
  expect((await truth()).map(({ affinity }) => affinity.join())).toEqual(['1']);
  await host.virsh(`destroy ${guest?.uuid}; start ${guest?.uuid}; vcpupin ${guest?.uuid} 0 0 --live`);
  expect((await vcpusched(host, ['restore'])).stdout).toBe('nothing to restore');
  expect((await truth()).map(({ affinity }) => affinity.join())).toEqual(['0']);
});

test('a guest pinned by hand while watch runs is left alone, by restore too', async () => {
  const started = await startGuests(host, guests);
  const byHand = started.find(({ name }) => name === 'guest-0')?.uuid ?? '';
  const before = await affinities();
  const watching = startWatch(host, 0.5, ...toOne);
  await watching.firstMoves(3);
  await host.virsh('vcpupin', byHand, '0', '0-1', '--live');
  const cycles = await watching.next(5);
  expect(cycles.flatMap(({ moves }) => moves)).toEqual([]);
  const { stderr } = await watching.end();
  expect(stderr).toMatch(/^vcpusched: guest-0 vCPU 0: somebody else has pinned it since/);
  expect(await affinities()).toContain(`${byHand}/0 0,1`);
  const restored = await vcpusched(host, ['restore']);
  expect([restored.status, restored.stdout]).toEqual([0, 'restored 6 vCPUs']);
  expect(await affinities()).toEqual(
    before.map((line) => (line.startsWith(byHand) ? `${byHand}/0 0,1` : line)),
  );
});

describe('a guest that comes back with its pin under another id', () => {
  const specs: readonly GuestSpec[] = [
    { name: 'saved', vcpus: [{ duty: 4 }, { duty: 4, phase: 32 }], persistent: true },
    { name: 'configured', vcpus: [{ duty: 4 }], configuredPins: ['1'], pins: ['0'], persistent: true },
    { name: 'other', vcpus: [{ duty: 4 }], pins: ['0'], persistent: true },
  ];

  test.each<[string, (uuid: string) => readonly string[]]>([
    ['managed save and start', (uuid) => [`managedsave ${uuid}`, `start ${uuid}`]],
    [
      'save and restore',
      (uuid) => [`save ${uuid} ${host.directory}/${uuid}.save`, `restore ${host.directory}/${uuid}.save`],
    ],
  ])('%s: restore gives it back what it had', async (_, words) => {
    const [saved] = await startGuests(host, specs);
    const uuid = saved?.uuid ?? '';
    const before = await affinities();
    // By its configuration pCPU 1 is another's alone.
    const chosen = ['--domain', 'saved', '--domain', 'other', '--dedicated', 'share'];
    await vcpusched(host, ['once', '--window', '0.5', ...toOne, ...chosen]);
    const [first = '', ...then] = words(uuid);
    await host.virsh(first);
    expect(await vcpusched(host, ['restore', '--domain', 'saved'])).toMatchObject({
      status: 0,
      stdout: 'nothing to restore',
    });
    await host.virsh(then.join('; '));
    expect(await affinities(), 'the pin has come back').toContain(`${uuid}/0 1`);
    expect(await vcpusched(host, ['restore'])).toEqual({ status: 0, stdout: 'restored 3 vCPUs', stderr: '' });
    expect(await affinities()).toEqual(before);
  });

  test('watch knows it, and --restore-on-exit gives it back', async () => {
    const [saved] = await startGuests(host, specs.slice(0, 1));
    const uuid = saved?.uuid ?? '';
    const before = await affinities();
    const watching = startWatch(host, 0.5, '--restore-on-exit', ...toOne);
    await watching.firstMoves(3);
    await host.virsh(`managedsave ${uuid}`);
    await watching.next(2);
    await host.virsh(`start ${uuid}`);
    await watching.next(4);
    expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
    expect(await affinities()).toEqual(before);
  });

  test('a guest that is started anew with that affinity by its configuration is not touched', async () => {
    const started = await startGuests(host, specs.slice(1, 2));
    const uuid = started[0]?.uuid ?? '';
    await vcpusched(host, ['once', '--window', '0.5', ...toOne]);
    await host.virsh(`destroy ${uuid}; start ${uuid}`);
    expect(await affinities()).toEqual([`${uuid}/0 1`]);
    expect((await vcpusched(host, ['restore'])).stdout).toBe('nothing to restore');
    expect(await affinities()).toEqual([`${uuid}/0 1`]);
  });
});

describe('between the look and the pin', () => {
  const spec: GuestSpec = { name: 'guest', vcpus: [{ duty: 4 }], pins: ['0'], persistent: true };
  const beforePins = (what: string) =>
    virshWrapper(
      host,
      `case "$*" in *vcpupin*) if [ ! -e "$0.done" ]; then touch "$0.done"; virsh "${what}" > /dev/null; fi;; esac`,
    );

  test('a guest that was started anew is as it was started, and restore has nothing to do', async () => {
    const [guest, other] = await startGuests(host, [spec, { ...spec, name: 'other' }]);
    const uuid = guest?.uuid ?? '';
    const { path } = await beforePins(`destroy ${uuid}; start ${uuid}`);
    const result = await vcpusched(host, [
      ...['once', '--window', '0.5', ...toOne, '--virsh', path, '--verbose'],
    ]);
    expect(result).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(
        /^guest vCPU 0: the domain was started anew meanwhile: it has its affinity back$/m,
      ),
    });
    expect(new Set(await affinities())).toEqual(new Set([`${uuid}/0 0,1`, `${other?.uuid}/0 1`]));
    expect((await vcpusched(host, ['restore'])).stdout).toBe('restored 1 vCPU');
    expect(new Set(await affinities())).toEqual(new Set([`${uuid}/0 0,1`, `${other?.uuid}/0 0`]));
  });

  test('a pin by hand stays, and is left alone from then on', async () => {
    const [guest] = await startGuests(host, [spec]);
    const uuid = guest?.uuid ?? '';
    const { path } = await beforePins(`vcpupin ${uuid} 0 0-1 --live`);
    const result = await vcpusched(host, ['once', '--window', '0.5', ...toOne, '--virsh', path]);
    expect(result.stderr).toMatch('somebody else pinned it meanwhile: it has its affinity back');
    expect(await affinities()).toEqual([`${uuid}/0 0,1`]);
    await vcpusched(host, ['once', '--window', '0.5', ...toOne]);
    expect(await affinities()).toEqual([`${uuid}/0 0,1`]);
    const restored = await vcpusched(host, ['restore']);
    expect([restored.stdout, restored.stderr]).toEqual([
      'nothing to restore',
      expect.stringContaining('left alone: guest vCPU 0'),
    ]);
  });
});

describe('after a watch that was killed with SIGKILL while it pinned', () => {
  // A batch of it, set pin by pin; or as it is.
  const oneByOne = `case "$*" in *vcpupin*)
    echo $$ > "$0.new"; mv "$0.new" "$0.pinning"
    eval "batch=\\\${$#}"
    printf '%s\\n' "$batch" | tr ';' '\\n' | grep ^vcpupin | while read -r pin; do virsh $pin; sleep 0.03; done > /dev/null;;
  esac`;
  const atOnce = `case "$*" in *vcpupin*) echo $$ > "$0.new"; mv "$0.new" "$0.pinning";; esac`;

  test.each([
    ['its virsh, which sets them one by one, goes on', oneByOne, 600, false, 6],
    ['its virsh, which sets them one by one, is killed with it', oneByOne, 600, true, 6],
    ['its virsh, as it is, goes on', atOnce, 60, false, 5],
    ['its virsh, as it is, is killed with it', atOnce, 60, true, 5],
  ])('%s', { timeout: 240_000 }, async (_, script, withinMs, andVirsh, times) => {
    await startGuests(host, guests);
    const before = await affinities();
    const wrapper = await virshWrapper(host, script);
    const pinning = `${wrapper.path}.pinning`;
    const partly = [];
    for (let round = 0; round < times; round++) {
      await rm(pinning, { force: true });
      const watching = startWatch(host, 0.4, ...toOne, '--virsh', wrapper.path);
      await until('it pins', 20_000, () =>
        access(pinning).then(
          () => true,
          () => false,
        ),
      );
      await sleep(Math.random() * withinMs);
      watching.kill();
      const group = `-${(await readFile(pinning, 'utf8')).trim()}`;
      if (andVirsh) await execa('kill', ['-KILL', '--', group], { reject: false });
      partly.push(await moved(before));

      expect(await vcpusched(host, ['restore']), `round ${round}`).toMatchObject({ status: 0, stderr: '' });
      expect(await affinities(), `round ${round}, ${partly.at(-1)} of 7 were moved`).toEqual(before);
      await sleep(300);
      expect(await affinities(), `round ${round}, later`).toEqual(before);
    }
    process.stdout.write(`moved when it was killed, of 7: ${partly.join(' ')}\n`);
  });
});
