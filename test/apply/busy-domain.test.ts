import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { followBatch } from '../../src/apply/follow-batch.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { Move } from '../../src/model/plan.ts';
import { domid } from '../../src/virsh/commands/domid.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import { guestUuid } from '../support/sim-host.ts';
import { virshOf } from '../support/virsh-of.ts';
import { busyHost, type Process } from './busy-host.ts';

const move = (domain: number, vcpu = 0, to = 1): Move => ({
  domain: { uuid: guestUuid(domain), name: `guest-${domain}` },
  vcpu,
  kind: 'move',
  from: [0],
  to: [to],
  demandPct: 50,
  reason: 'a reason',
});

const isPinOf = (domain: number) => (command: string) =>
  command.startsWith(`vcpupin --domain ${guestUuid(domain)}`);
const pinsIn = ({ commands }: Process) => commands.filter((command) => command.startsWith('vcpupin'));

describe('a domain that is busy', () => {
  test('delays nobody: the others are pinned and verified before its wait is over', async () => {
    const given = busyHost(5, (command) => (isPinOf(2)(command) ? 'fails' : 'no'));
    const { results, late } = await applyPlan(
      given.virsh,
      [0, 1, 2, 3, 4].map((domain) => move(domain)),
      given.clock,
    );
    expect(given.now()).toBeLessThan(1000);
    expect(given.pinned()).toEqual(['1', '1', '0', '1', '1']);
    expect(results.map(({ move: { domain }, error, isWaiting }) => [domain.name, error, isWaiting])).toEqual([
      ['guest-0', undefined, undefined],
      ['guest-1', undefined, undefined],
      ['guest-2', 'libvirt is busy with the domain and has not carried it out', true],
      ['guest-3', undefined, undefined],
      ['guest-4', undefined, undefined],
    ]);
    expect((await late)?.map(({ error }) => error)).toEqual([
      'Timed out during operation: cannot acquire state change lock',
    ]);
  });

  test('costs three processes, of which the first is ended and the others do not wait', async () => {
    const given = busyHost(4, (command) => (isPinOf(1)(command) ? 'fails' : 'no'));
    const { late } = await applyPlan(given.virsh, [move(0), move(1), move(2), move(3)], given.clock);
    await late;
    expect(given.processes.map(({ isEnded, ...each }) => [isEnded, pinsIn(each as Process).length])).toEqual([
      [true, 2],
      [false, 1],
      [false, 2],
    ]);
  });

  test('whose wait fails is not tried with its other vCPUs', async () => {
    const given = busyHost(2, (command) => (isPinOf(0)(command) ? 'fails' : 'no'));
    const { results, late } = await applyPlan(given.virsh, [move(0, 0), move(0, 1), move(1)], given.clock);
    expect(results.filter(({ isWaiting }) => isWaiting)).toHaveLength(2);
    expect((await late)?.map(({ move: { vcpu }, error }) => [vcpu, error])).toEqual([
      [0, 'Timed out during operation: cannot acquire state change lock'],
      [1, 'libvirt is busy with the domain and has not carried it out'],
    ]);
    expect(given.processes.flatMap(pinsIn).filter((command) => command.includes('--vcpu 1'))).toEqual([]);
  });

  test('that becomes free within its wait gets all its pins', async () => {
    let left = 2;
    const given = busyHost(2, (command) => (isPinOf(0)(command) && left-- > 0 ? 'takes' : 'no'));
    const { late } = await applyPlan(given.virsh, [move(0, 0), move(0, 1), move(1)], given.clock);
    expect((await late)?.map(({ move: { vcpu }, error }) => [vcpu, error])).toEqual([
      [0, undefined],
      [1, undefined],
    ]);
    expect(given.pinned()).toEqual(['1', '1']);
  });

  test('only with its second pin has its first one done, and waits for the second alone', async () => {
    const isSecond = (command: string) => isPinOf(0)(command) && command.includes('--vcpu 1');
    const given = busyHost(1, (command) => (isSecond(command) ? 'takes' : 'no'));
    const { results, late } = await applyPlan(given.virsh, [move(0, 0), move(0, 1)], given.clock);
    expect(results.map(({ isWaiting }) => isWaiting)).toEqual([true, true]);
    expect((await late)?.map(({ error, shown, found }) => [error, shown, found?.id])).toEqual([
      [undefined, [1], 0],
      [undefined, [1], 0],
    ]);
    expect(given.processes.map(pinsIn).map(({ length }) => length)).toEqual([2, 1]);
  });

  test('again with its second pin tells of each vCPU once', async () => {
    const left = { 0: 2, 1: 2 };
    const given = busyHost(1, (command) => {
      const vcpu = command.includes('--vcpu 1') ? 1 : 0;
      return isPinOf(0)(command) && left[vcpu]-- > 0 ? 'takes' : 'no';
    });
    const { late } = await applyPlan(given.virsh, [move(0, 0), move(0, 1)], given.clock);
    expect((await late)?.map(({ move: { vcpu }, error }) => [vcpu, error])).toEqual([
      [0, undefined],
      [1, undefined],
    ]);
  });

  test('once it is pinned has no pin under way, and none of its pins is taken for done', async () => {
    const seen = new Set<string>();
    const given = busyHost(2, (command) => {
      const isSecondLook = seen.has(command) && command === `vcpuinfo ${guestUuid(0)}`;
      seen.add(command);
      return isSecondLook ? 'fails' : 'no';
    });
    const { results, late } = await applyPlan(given.virsh, [move(0), move(1)], given.clock);
    expect([given.pinned(), late]).toEqual([['1', '1'], undefined]);
    expect(results.map(({ error, isWaiting }) => [error, isWaiting])).toEqual([
      ["the output of virsh ended before that of 'vcpuinfo'", undefined],
      [undefined, undefined],
    ]);
  });

  test.each([
    [new VcpuschedError(exitStatus.unavailable, 'virsh did not answer within 40 s'), 'told'],
    [new Error('a defect'), 'thrown'],
  ])('whose wait ends with %s: that is %s', async (error, what) => {
    const given = busyHost(1, (command) => (isPinOf(0)(command) ? 'fails' : 'no'));
    const virsh: Virsh = async (...words) => {
      if (given.processes.length > 0) throw error;
      return given.virsh(...words);
    };
    const { late } = await applyPlan(virsh, [move(0)], given.clock);
    if (what === 'thrown') await expect(late).rejects.toThrow(error);
    else expect(await late).toMatchObject([{ error: error.message, shown: undefined }]);
  });

  test('and answers nothing at all is left alone, and no pin of it is under way', async () => {
    const given = busyHost(3, (command) => (command === `domid ${guestUuid(1)}` ? 'fails' : 'no'));
    const { results, late } = await applyPlan(given.virsh, [move(0), move(1), move(2)], given.clock);
    expect([given.pinned(), late]).toEqual([['1', '0', '1'], undefined]);
    expect(results.map(({ error, isWaiting }) => [error, isWaiting])).toContainEqual([
      'libvirt is busy with the domain and has not carried it out',
      undefined,
    ]);
  });
});

test.each([
  [2, 1600],
  [5, 3200],
  [9, 4000],
])(
  '%i of 40 domains that are busy: all others are pinned within %i ms, for halves are tried side by side',
  async (count, withinMs) => {
    const busy = Array.from({ length: count }, (_, i) => 3 + i * 4);
    const given = busyHost(40, (command) => (busy.some((each) => isPinOf(each)(command)) ? 'fails' : 'no'));
    const moves = Array.from({ length: 40 }, (_, i) => move(i));
    const { results, late } = await applyPlan(given.virsh, moves, given.clock);
    expect(given.now()).toBeLessThanOrEqual(withinMs);
    expect(new Set(results.map(({ move: { domain } }) => domain.uuid)).size).toBe(40);
    expect(results.filter(({ error }) => error === undefined)).toHaveLength(40 - count);
    expect(await late).toHaveLength(count);
  },
);

test('where all are busy it ends, and says what was not tried', async () => {
  const given = busyHost(60, (command) => (command.startsWith('vcpupin') ? 'fails' : 'no'));
  const moves = Array.from({ length: 60 }, (_, i) => move(i));
  const { results, late } = await applyPlan(given.virsh, moves, given.clock);
  expect(results).toHaveLength(60);
  expect(results.every(({ error }) => error !== undefined)).toBe(true);
  expect(results.map(({ error }) => error)).toContainEqual(
    expect.stringMatching(/^not tried: \d+ domains are busy$/),
  );
  expect((await late)?.length).toBe(results.filter(({ isWaiting }) => isWaiting).length);
});

describe('a command is taken to be stuck', () => {
  /** Runs three commands, of which each answers after so many milliseconds, unless it is ended. */
  async function follow(...takesMs: readonly number[]) {
    let nowMs = 0;
    const timers = new Map<() => void, number>();
    const clock = {
      nowMs: () => nowMs,
      after: (ms: number, call: () => void) => {
        timers.set(call, nowMs + ms);
        return () => void timers.delete(call);
      },
    };
    const virsh: Virsh = async (args, signal, onOutput) => {
      const said = { stdout: '', stderr: '' };
      let took = [...takesMs];
      for (const command of (args[0] ?? '').split(';')) {
        const isMark = command.startsWith('echo ');
        if (!isMark) {
          const [ms = 0, ...rest] = took;
          took = rest;
          const endMs = nowMs + ms;
          for (;;) {
            const [first] = [...timers].sort(([, a], [, b]) => a - b);
            if (first === undefined || first[1] >= endMs) break;
            timers.delete(first[0]);
            nowMs = first[1];
            first[0]();
            signal?.throwIfAborted();
          }
          nowMs = endMs;
        }
        const { virsh: one } = virshOf(() => ({ stdout: '1\n\n' }));
        const { stdout, stderr } = await one([command]);
        said.stdout += stdout;
        said.stderr += stderr;
        if (stdout !== '') onOutput?.('stdout', stdout, nowMs);
        if (stderr !== '') onOutput?.('stderr', stderr, nowMs);
      }
      return { ...said, exitCode: 0, firstStderrAtMs: nowMs };
    };
    const { stuckAt } = await followBatch(virsh, Array(takesMs.length).fill(domid(guestUuid(0))), clock);
    return { stuckAt, timersLeft: timers.size };
  }

  test('by nobody when virsh has failed', async () => {
    const timers = new Set<() => void>();
    const after = (_: number, call: () => void) => {
      timers.add(call);
      return () => void timers.delete(call);
    };
    const virsh: Virsh = async (args, _, onOutput) => {
      const { virsh: one } = virshOf(() => ({ stdout: '1\n\n' }));
      const [first = '', ...marks] = (args[0] ?? '').split(';').slice(0, 3);
      const { stdout, stderr } = await one([[first, ...marks].join(';')]);
      onOutput?.('stdout', stdout, 0);
      onOutput?.('stderr', stderr, 0);
      expect(timers.size).toBe(1);
      throw new VcpuschedError(exitStatus.unavailable, 'virsh was killed');
    };
    const asked = [domid(guestUuid(0)), domid(guestUuid(1))];
    const { outcomes, stuckAt } = await followBatch(virsh, asked, { nowMs: () => 0, after });
    expect([stuckAt, timers.size]).toEqual([undefined, 0]);
    expect(outcomes).toEqual(asked.map(() => ({ ok: false, error: 'virsh was killed' })));
  });

  test.each<[string, readonly number[], number | undefined]>([
    ['after 800 ms where the others answered at once', [10, 0, 900], 2],
    ['not before', [10, 0, 790], undefined],
    ['however long connecting takes, later than that', [60_000, 0, 900], 2],
    ['five times as late as the slowest one so far', [10, 400, 2100], 2],
    ['and not before that, by which a slow host is meant', [10, 400, 100, 2000], undefined],
  ])('%s', async (_, takesMs, stuckAt) => {
    expect(await follow(...takesMs)).toEqual({ stuckAt, timersLeft: 0 });
  });
});
