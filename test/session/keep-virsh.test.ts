import { expect, test } from 'vitest';
import { keepVirsh } from '../../src/session/context.ts';
import { Doubtful } from '../../src/virsh/failures.ts';
import type { Virsh, VirshOutput } from '../../src/virsh/runner.ts';

const said = (stdout: string): VirshOutput => ({ stdout, stderr: '', exitCode: 0, firstStderrAtMs: 0 });
const hangs: Virsh = (_, signal) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
const settings = { virsh: 'virsh', connect: undefined, timeout: 20 };

/** @param started what each virsh process in turn does */
function keep(openVirsh: Virsh, started: readonly Virsh[]) {
  let count = 0;
  const timers = new Set<() => void>();
  const { virsh } = keepVirsh(
    settings,
    {
      virsh:
        () =>
        (...args) =>
          (started[count++] ?? hangs)(...args),
      openVirsh: () => ({ ask: openVirsh, close: () => undefined }),
      after: (_, call) => {
        timers.add(call);
        return () => void timers.delete(call);
      },
    },
    'read',
  );
  return { virsh, started: () => count, passTime: () => [...timers].forEach((call) => void call()) };
}

test('the virsh that is open answers alone', async () => {
  const { virsh, started } = keep(async () => said('open'), []);
  expect(await virsh(['batch'])).toEqual(said('open'));
  expect(started()).toBe(0);
});

test('where it is doubtful, one is started, and a second one where that does not begin to answer', async () => {
  const doubtful: Virsh = async () => {
    throw new Doubtful('it has ended');
  };
  const { virsh, started, passTime } = keep(doubtful, [hangs, async () => said('the second')]);
  const answer = virsh(['batch']);
  await expect.poll(started).toBe(1);
  passTime();
  expect(await answer).toEqual(said('the second'));
});

test('where it does not begin to answer, one is started beside it', async () => {
  const { virsh, passTime } = keep(hangs, [async () => said('the first')]);
  const answer = virsh(['batch']);
  passTime();
  expect(await answer).toEqual(said('the first'));
});
