import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { measureWindow, runCycle } from '../../src/session/cycle.ts';
import { readSession, sessionOpener } from '../../src/session/session-opener.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import {
  changeVcpu,
  guest,
  guestUuid,
  masksOf,
  pinByHand,
  simHost,
  withoutTimes,
} from '../support/sim-host.ts';

const crowded = () =>
  simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { demands: [40] })),
  );
const even = () =>
  simHost(
    2,
    [0, 1].map((pcpu) => guest(pcpu, { demands: [40], affinity: [pcpu] })),
  );

/** One window of two seconds, in which each virsh process takes 30 ms. */
async function pinning(options: FakeContextOptions, raw: RawSettings = {}, meanwhile = () => {}) {
  const given = fakeContext(options);
  const session = await closedAtEnd(sessionOpener(readSettings(raw), given.context, 'once')());
  meanwhile();
  const report = await measureWindow(session, given.context, 2000);
  return { ...given, report };
}

/** It holds the lock, which is an open file, until the test is over. */
async function closedAtEnd<T extends { readonly pins: { readonly close: () => Promise<void> } }>(
  opening: Promise<T>,
): Promise<T> {
  const session = await opening;
  onTestFinished(session.pins.close);
  return session;
}

describe('one cycle', () => {
  test('has what was seen, measured, decided and done, what it took, and how many processes', async () => {
    const { report, host, output } = await pinning({ host: crowded() });
    const { snapshot, measured, plan, applied } = report;
    expect(report).toMatchObject({
      verdict: 'acted',
      windowMs: 2030,
      decidedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) + 3060,
      rateLimited: [],
      unsaved: undefined,
      tookMs: { sample: 30, measure: 0, plan: 0, pin: 30 },
      virshProcesses: 2,
    });
    expect(snapshot.domains).toHaveLength(4);
    expect(measured.coverage).toEqual({ measured: 4, running: 4, reason: undefined });
    expect(measured.load.vcpus).toHaveLength(4);
    expect(applied.map(({ move, error }) => [move, error])).toEqual(
      plan.moves.map((move) => [move, undefined]),
    );
    expect(masksOf(host).toSorted()).toEqual(['0', '0', '1', '1']);
    expect([output.out(), output.err()]).toEqual(['', '']);
  });

  test('for one that pins nothing ends with the plan', async () => {
    const { context, calls, host } = fakeContext({ host: crowded() });
    const report = await measureWindow(await readSession(readSettings({}), context), context, 2000);
    expect(report).toMatchObject({ verdict: 'planned', applied: [], virshProcesses: 1 });
    expect(report.plan.moves).toHaveLength(2);
    expect([calls.length, masksOf(host)]).toEqual([2, ['0', '0', '0', '0']]);
  });

  test('names the vCPUs that --max-rate lets move no more', async () => {
    const { report } = await pinning({ host: crowded() }, { maxRate: '1' });
    expect(report.rateLimited.map(({ domain }) => domain.uuid)).toEqual(
      report.plan.moves.map(({ domain }) => domain.uuid),
    );
    expect(report.rateLimited).toHaveLength(2);
  });
});

describe('the verdict', () => {
  test('of an even host', async () => {
    const { report } = await pinning({ host: even() });
    expect([report.verdict, report.plan.moves, report.virshProcesses]).toEqual(['nothing-to-gain', [], 1]);
  });

  test('where a domain is new', async () => {
    const host = even();
    const { report } = await pinning({ host }, {}, () => {
      host.domains = [...host.domains, guest(7, { demands: [10], affinity: [1] })];
    });
    expect(report.verdict).toBe('waits');
  });

  test('where each pin fails', async () => {
    const answer = (command: string) =>
      command.startsWith('vcpupin') ? { stderr: 'error: no\n' } : undefined;
    const { report } = await pinning({ host: crowded(), answer });
    expect(report.verdict).toBe('could-not');
    expect(report.applied.map(({ error }) => error)).toEqual(['no', 'no']);
  });

  test('where too little could be measured', async () => {
    const host = even();
    const { report } = await pinning({ host, edit: withoutTimes() });
    expect([report.verdict, report.measured.coverage.measured]).toEqual(['could-not', 0]);
  });
});

test('a state that cannot be written at the end is told, with all that was done', async () => {
  const given = fakeContext({ host: even() });
  const session = await closedAtEnd(
    sessionOpener(readSettings({ sinceLast: true }), given.context, 'once')(),
  );
  rmSync(given.context.stateDir, { recursive: true });
  writeFileSync(given.context.stateDir, '');
  const report = await measureWindow(session, given.context, 2000);
  expect(report).toMatchObject({ verdict: 'nothing-to-gain', unsaved: { status: 1 } });
});

test('a session whose first sample fails is opened anew with the virsh that there is', async () => {
  const unavailable = new VcpuschedError(exitStatus.unavailable, 'virsh did not answer');
  const answer = (_: string, process: number) => {
    if (process === 0) throw unavailable;
    return undefined;
  };
  const { context, virshOptions } = fakeContext({ host: even(), answer });
  const open = sessionOpener(readSettings({}), context, 'watch');
  await expect(open()).rejects.toBe(unavailable);
  const { before, virshProcesses } = await closedAtEnd(open());
  expect([before.takenAtMs, virshProcesses()]).toEqual([1060, 2]);
  const [reading, pinning] = virshOptions.map(({ inheritedFd }) => inheritedFd);
  expect([virshOptions.length, reading, pinning]).toEqual([2, undefined, expect.any(Number)]);
});

test('a cycle that fails after its sample begins the next window all the same', async () => {
  const { context } = fakeContext({ host: crowded() });
  const opened = await closedAtEnd(sessionOpener(readSettings({}), context, 'watch')());
  const held = () => Promise.reject(new Error('no'));
  const session = { ...opened, pins: { ...opened.pins, held } };
  await context.sleepUntil(6000);
  await expect(runCycle(session)).rejects.toThrow('no');
  expect(session.before.takenAtMs).toBe(6030);
});

test('a signal that comes before the pins keeps from them', async () => {
  const given = fakeContext({ host: crowded() });
  const opened = await closedAtEnd(sessionOpener(readSettings({}), given.context, 'watch')());
  const sample = async () => {
    const snapshot = await opened.sample('all');
    given.stop.abort();
    return snapshot;
  };
  await expect(runCycle({ ...opened, sample })).rejects.toMatchObject({ name: 'AbortError' });
  expect(masksOf(given.host)).toEqual(['0', '0', '0', '0']);
});

describe('a host at rest', () => {
  /** Two vCPUs on each of two pCPUs, and cycles of one second until one has found nothing to do. */
  async function atRest(edit?: FakeContextOptions['edit'], held?: () => Promise<Map<string, string>>) {
    const host = simHost(
      2,
      [0, 1, 2, 3].map((i) => guest(i, { demands: [40], affinity: [i % 2] })),
    );
    const { context, calls } = fakeContext({ host, ...(edit && { edit }) });
    const settings = readSettings({ untilBalanced: true });
    const opened = await closedAtEnd(sessionOpener(settings, context, 'watch')());
    const session = { ...opened, pins: { ...opened.pins, ...(held && { held }) } };
    const cycle = async () => {
      await context.sleepUntil(context.nowMs() + 1000);
      const from = calls.length;
      const report = await runCycle(session);
      return { report, asked: calls.slice(from).map(({ commands }) => commands) };
    };
    expect((await cycle()).report.verdict).toBe('nothing-to-gain');
    return { host, cycle };
  }
  const placesAsked = (commands: readonly string[] = []) =>
    commands.filter((command) => command.startsWith('vcpuinfo ')).length;

  test('is read in turns', async () => {
    const { cycle } = await atRest();
    const { asked, report } = await cycle();
    expect(asked).toEqual([[expect.stringMatching(/^domstats /)]]);
    expect(report).toMatchObject({ verdict: 'nothing-to-gain', snapshot: { arePlacesOld: true } });
  });

  test('is read as a whole before anything moves, in the same cycle', async () => {
    const { host, cycle } = await atRest();
    for (const [place, pct] of [90, 5, 90, 5].entries())
      changeVcpu(host, place, { demand: { kind: 'constant', pct } });
    const { asked, report } = await cycle();
    // The last one reads back what was pinned.
    expect(asked.map(placesAsked)).toEqual([0, 4, 4]);
    expect(report.snapshot.arePlacesOld).toBeUndefined();
    expect(report.verdict).toBe('acted');
    expect(masksOf(host).toSorted()).toEqual(['0', '0', '1', '1']);
    expect((await cycle()).asked.map(placesAsked)).toEqual([4]);
  });

  test('is read as a whole, once a cycle, where libvirt does not tell how long vCPUs wait', async () => {
    const edit: FakeContextOptions['edit'] = (command, said) =>
      command.startsWith('domstats')
        ? { ...said, stdout: (said.stdout ?? '').replace(/^.*\.delay=.*\n/gm, '') }
        : undefined;
    const { cycle } = await atRest(edit);
    const { asked, report } = await cycle();
    expect(asked.map(placesAsked)).toEqual([4]);
    expect(report.verdict).toBe('nothing-to-gain');
  });

  test('is read as a whole while a pin is not answered: it can change a place later', async () => {
    const late = new Map([[`${guestUuid(0)}/0`, 'libvirt is still busy with its last pin']]);
    const { cycle } = await atRest(undefined, async () => late);
    const { asked, report } = await cycle();
    expect(asked.map(placesAsked)).toEqual([4]);
    expect(report.verdict).toBe('nothing-to-gain');
  });

  test('is seen as it is where somebody pins vCPUs beside others that want to run', async () => {
    const { host, cycle } = await atRest();
    pinByHand(host, 1, [0]);
    pinByHand(host, 3, [0]);
    const { asked, report } = await cycle();
    expect(asked.map(placesAsked)).toEqual([0, 4, 4]);
    expect(report.verdict).toBe('acted');
  });
});
