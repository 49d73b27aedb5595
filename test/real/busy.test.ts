import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Guest, removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { startVcpusched, vcpusched } from './support/program.ts';
import { truth } from './support/truth.ts';
import { until } from './support/until.ts';
import { virshWrapper } from './support/virsh-wrapper.ts';
import { startWatch } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
const stopped: number[] = [];
afterEach(async () => {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  await removeGuests(host);
});
afterAll(() => host.stop());

const onOne = async () => (await truth()).map(({ uuid, affinity }) => `${uuid} ${affinity.join()}`).sort();
const shown = (guests: readonly Guest[], affinity: (i: number) => string) =>
  guests.map(({ uuid }, i) => `${uuid} ${affinity(i)}`).sort();

/**
 * Stops a guest's QEMU. Whatever asks its monitor first then holds the job of the domain until it runs again, even where
 * the one who asked has gone: a monitoring agent, or the program itself.
 */
async function stopQemu({ uuid }: Guest): Promise<void> {
  const { stdout } = await execa('pgrep', ['-f', `qemu-system.* -uuid ${uuid} `]);
  const pid = Number(stdout.split('\n')[0]);
  process.kill(pid, 'SIGSTOP');
  stopped.push(pid);
}

test('a guest whose QEMU is stopped delays nobody: the others are pinned and told at once', async () => {
  const guests = await startGuests(host, singles([4, 4, 4, 4, 4]));
  const [, , third] = [...guests].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  if (third === undefined) throw new Error('there is no third guest');
  await stopQemu(third);
  const { path, calls } = await virshWrapper(host);
  const once = startVcpusched(host, ['once', '--window', '0.5', '--cpus', '1', '--verbose', '--virsh', path]);
  await until('it pins', 20_000, async () => (await calls()).some((call) => call.includes('vcpupin')));
  const startMs = performance.now();
  const isThird = (i: number) => guests[i]?.uuid === third.uuid;
  await until('the others are pinned', 20_000, async () => {
    const now = await onOne();
    return shown(guests, (i) => (isThird(i) ? '0' : '1')).every((line) => now.includes(line));
  });
  await until('it is told', 20_000, async () => once.stdout() !== '');
  const tookMs = performance.now() - startMs;
  expect(once.stdout()).toMatch(/^pinned 4 vCPUs, 1 failed: /);
  expect(once.stderr()).toMatch(
    `not pinned: ${third.name} vCPU 0, pCPU 0 to 1: libvirt is busy with the domain and has not carried it out`,
  );
  process.stdout.write(`pinned, verified and told after ${Math.round(tookMs)} ms\n`);
  // A second on a quiet machine; behind the wait it would be thirty.
  expect(tookMs).toBeLessThan(10_000);
  expect(await once.ended()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`${third.name} vCPU 0, pCPU 0 to 1: Timed out during operation`),
  });
  const waitMs = performance.now() - startMs;
  process.stdout.write(`ended after ${Math.round(waitMs)} ms\n`);
  expect(waitMs).toBeLessThan(34_000);
  expect((await calls()).filter((call) => call.includes('vcpupin'))).toHaveLength(3);

  process.kill(stopped.pop() ?? 0, 'SIGCONT');
  await until('libvirt is free', 20_000, () => host.virsh('domstats', '--vcpu', third.uuid).then(Boolean));
  expect(await onOne(), 'and nothing pins any more').toEqual(shown(guests, (i) => (isThird(i) ? '0' : '1')));
  expect(await vcpusched(host, ['restore'])).toEqual({ status: 0, stdout: 'restored 4 vCPUs', stderr: '' });
  expect(await onOne()).toEqual(shown(guests, () => '0'));
});

test('one that runs again within its wait gets its pin', async () => {
  const guests = await startGuests(host, singles([4, 4]));
  const [first] = [...guests].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  if (first === undefined) throw new Error('there is no guest');
  await stopQemu(first);
  const once = startVcpusched(host, ['once', '--window', '0.5', '--cpus', '1', '--verbose']);
  await until('it is told', 20_000, async () => once.stdout() !== '');
  expect(once.stdout()).toMatch(/^pinned 1 vCPU, 1 failed: /);
  process.kill(stopped.pop() ?? 0, 'SIGCONT');
  expect((await once.ended()).status).toBe(0);
  expect(await onOne()).toEqual(shown(guests, () => '1'));
  await vcpusched(host, ['restore']);
  expect(await onOne()).toEqual(shown(guests, () => '0'));
});

test('watch goes on while one waits, leaves that one alone, and comes back to it', async () => {
  const guests = await startGuests(host, singles([4, 4, 4]));
  const [first] = [...guests].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  if (first === undefined) throw new Error('there is no guest');
  await stopQemu(first);
  const watching = startWatch(host, 1, '--cpus', '1');
  const moves = await watching.firstMoves(4);
  expect(moves.filter(({ done }) => done === true)).toHaveLength(2);
  const cycles = await watching.next(5);
  expect(cycles.flatMap((cycle) => cycle.moves)).toEqual([]);
  process.kill(stopped.pop() ?? 0, 'SIGCONT');
  await until('it is pinned', 20_000, async () => (await onOne()).every((line) => line.endsWith(' 1')));
  expect(await watching.end()).toMatchObject({ status: 0 });
  await vcpusched(host, ['restore']);
  expect(await onOne()).toEqual(shown(guests, () => '0'));
});
