import { describe, expect, test } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { fakeContext } from '../support/fake-context.ts';
import { guest, guestUuid, simHost } from '../support/sim-host.ts';
import { about } from '../support/sim-in-memory.ts';

const crowded = () => simHost(2, [guest(1, { demands: [40] }), guest(2, { demands: [40] })]);
const even = () =>
  simHost(
    2,
    [0, 1].map((pcpu) => guest(pcpu, { demands: [40], affinity: [pcpu] })),
  );

async function runPlan(raw: RawSettings, host = crowded()) {
  const { context, output, virshOptions, calls } = fakeContext({ host });
  const status = await plan(readSettings(raw), context);
  return { status, out: output.out(), err: output.err(), virshOptions, calls };
}

test('a table: the moves with their reasons, the loads before and after', async () => {
  const { out, err, status } = await runPlan({});
  expect(out).toMatch(/^domain +vCPU +demand +from +to +why\nguest-[12] +0 +40 % +0 +1 +move: .+\n/);
  expect(out).toMatch(/\n +0 +#+ +80 % +2 +#+ +40 % +1\n +1 +0 % +0 +#+ +40 % +1\n\nPlan: .+\n$/);
  expect([err, status]).toEqual(['', 0]);
});

test.each([[{ json: true }], [{ format: 'json' }], [{ format: 'shell', json: true }]])('%j', async (raw) => {
  expect(JSON.parse((await runPlan(raw)).out)).toMatchObject({
    formatVersion: 1,
    command: 'plan',
    connection: null,
    moves: [{ from: '0', to: '1', demandPct: about(40) }],
  });
});

test('a script for the same virsh and the same connection, which may pin', async () => {
  const { out } = await runPlan({ format: 'shell', virsh: '/opt/virsh', connect: 'qemu:///system' });
  const pins = out.split('\n').filter((line) => line.startsWith('/opt/virsh'));
  expect(pins).toEqual([
    expect.stringMatching(
      `^/opt/virsh -c qemu:///system vcpupin --domain ${guestUuid(1).slice(0, -1)}[12] --vcpu 0 --cpulist 1 --live \\|\\| failed=1$`,
    ),
  ]);
});

describe('the exit status', () => {
  test.each([
    ['moves pending', { detailedExitcode: true }, crowded, 2],
    ['moves pending, and nobody asked', {}, crowded, 0],
    ['nothing to do', { detailedExitcode: true }, even, 0],
    ['moves pending, as JSON', { detailedExitcode: true, json: true }, crowded, 2],
    ['moves pending, quietly', { detailedExitcode: true, quiet: true }, crowded, 2],
  ])('%s', async (_, raw, host, status) => {
    expect((await runPlan(raw, host())).status).toBe(status);
  });
});

test('--quiet prints no table', async () => {
  expect((await runPlan({ quiet: true })).out).toBe('');
});

test('it reads, over a read-only connection, and never pins', async () => {
  const { virshOptions, calls } = await runPlan({});
  expect(virshOptions).toMatchObject([{ readonly: true }]);
  expect(calls).toHaveLength(2);
  expect(calls.flatMap(({ commands }) => commands).filter((command) => command.includes('vcpupin'))).toEqual(
    [],
  );
});
