import { describe, expect, test } from 'vitest';
import { applyReconciled, type Ledger } from '../../src/apply/apply-reconciled.ts';
import { StateFailure } from '../../src/state/failure.ts';
import type { SavedState, SavedVcpu } from '../../src/state/saved-state.ts';
import { domainOf, saved, stateOf } from '../state/support.ts';
import { answerOf, guest, guestUuid, masksOf, pinByHand, simHost } from '../support/sim-host.ts';
import { affinitiesOf, simInMemory } from '../support/sim-in-memory.ts';
import { type Said, virshOf } from '../support/virsh-of.ts';
import { busyHost } from './busy-host.ts';

/** Nothing here takes time. */
const clock = { nowMs: () => 0, after: () => () => undefined };

const crowded = `[topology]
cores = 4

[[domains]]
name = "guest-%d"
count = 6
affinity = 0
demand = 40
`;

/** Runs `once`, then has a pCPU go offline right before the pins of the next one, which puts all on two others. */
async function withOffline(pcpu: number | undefined) {
  const event = (at: number) => `\n[[events]]\nat = ${at}\ndo = "offline"\npcpu = ${pcpu}\n`;
  const second = ['once', '--cpus', '0-1'];
  const trial = simInMemory(crowded);
  await trial.vcpusched('once');
  await trial.vcpusched(...second);
  // The process that pins is the last, and takes 20 ms.
  const sim = simInMemory(
    pcpu === undefined ? crowded : `${crowded}${event(trial.host().nowNs / 1e9 - 0.01)}`,
  );
  await sim.vcpusched('once');
  const before = affinitiesOf(sim);
  const result = await sim.vcpusched(...second);
  return { sim, before, result };
}

test('a pCPU that goes offline between the look and the pins: what the kernel made of it is nobody else', async () => {
  const usual = await withOffline(undefined);
  const on3 = Object.entries(usual.before).flatMap(([name, cpus]) => (cpus === '3' ? [name] : []));
  expect(on3.length).toBeGreaterThan(0);
  const { sim, result } = await withOffline(3);
  expect(result).toMatchObject({ status: 0, err: '' });
  expect(affinitiesOf(sim)).toEqual(affinitiesOf(usual.sim));
  await sim.vcpusched('restore');
  expect(Object.values(affinitiesOf(sim))).toEqual(Array(6).fill('0'));
});

describe('what turns out to have met something else is taken back', () => {
  const uuid = guestUuid(1);
  const domain = { uuid, name: 'guest-1' };
  const pin = { domain, vcpu: 0, from: [0], to: [1] };
  const isPin = (command: string) => command.startsWith('vcpupin');

  function ledgerOf(...vcpus: readonly SavedVcpu[]) {
    let state = stateOf(...vcpus);
    const writes: SavedState[] = [];
    const set = (next: SavedState) => {
      state = next;
    };
    return { state: () => state, set, save: async () => void writes.push(state), writes };
  }

  /** A host with one vCPU, which was on pCPU 0 when it was looked at, and what is kept of that. */
  function setUp({
    said = (_: string): Said | undefined => undefined,
    over = {} as Partial<SavedVcpu>,
  } = {}) {
    const host = simHost(4, [guest(1)]);
    const known = answerOf(host);
    const { virsh, calls } = virshOf((command) => said(command) ?? known(command));
    const ledger = ledgerOf({ ...saved(1), id: 1, set: [[0], [1]], ...over });
    const apply = async (foreign: 'respect' | 'adopt' = 'respect', own: Ledger = ledger) => {
      const { results } = await applyReconciled(virsh, [pin], clock, own, foreign);
      return results.map(({ error, isMoot }) => ({ error, isMoot }));
    };
    return { host, calls, apply, ledger, writes: ledger.writes, vcpus: () => ledger.state().vcpus };
  }

  test('and a pin that took is kept, in one process', async () => {
    const { host, apply, vcpus, writes, calls } = setUp();
    expect(await apply()).toEqual([{ error: undefined, isMoot: undefined }]);
    expect([masksOf(host), vcpus(), writes, calls.length]).toEqual([
      ['1'],
      [expect.objectContaining({ set: [[1]], foreign: false })],
      [],
      1,
    ]);
  });

  test.each(['respect', 'adopt'] as const)('a domain that was restarted, with %s', async (foreign) => {
    const { host, apply, vcpus, writes } = setUp({ over: { id: 7 } });
    expect(await apply(foreign)).toEqual([
      { error: 'the domain was started anew meanwhile: it has its affinity back', isMoot: true },
    ]);
    expect([masksOf(host), vcpus()]).toEqual([['0'], []]);
    // Before it is taken back, what the new start had is on the disk.
    expect(writes.map(({ vcpus: [vcpu] }) => vcpu)).toMatchObject([
      { id: 1, original: [0], set: [[0], [1]] },
    ]);
  });

  test("somebody else's pin, which is not touched again", async () => {
    const { host, apply, vcpus } = setUp();
    pinByHand(host, 0, [2]);
    expect(await apply()).toEqual([
      { error: 'somebody else pinned it meanwhile: it has its affinity back', isMoot: false },
    ]);
    expect([masksOf(host), vcpus()]).toEqual([['2'], [expect.objectContaining({ foreign: true })]]);
  });

  test("unless somebody else's pins are adopted", async () => {
    const { host, apply, writes } = setUp();
    pinByHand(host, 0, [2]);
    expect(await apply('adopt')).toEqual([{ error: undefined, isMoot: undefined }]);
    expect([masksOf(host), writes]).toEqual([['1'], []]);
  });

  test('a pin that did not take leaves nothing to take back', async () => {
    const { host, apply, vcpus, calls } = setUp({
      said: (command) => (isPin(command) ? { stderr: 'error: no\n' } : undefined),
      over: { id: 7 },
    });
    expect(await apply()).toEqual([{ error: 'the domain was started anew meanwhile', isMoot: true }]);
    expect([masksOf(host), vcpus(), calls.length]).toEqual([['0'], [], 1]);
  });

  test('what cannot be taken back is told, and stays saved', async () => {
    let pins = 0;
    const { host, apply, vcpus } = setUp({
      said: (command) => (isPin(command) && pins++ > 0 ? { stderr: 'error: no\n' } : undefined),
      over: { id: 7 },
    });
    expect(await apply()).toEqual([
      {
        error: 'the domain was started anew meanwhile: its affinity could not be restored: no',
        isMoot: false,
      },
    ]);
    expect([masksOf(host), vcpus()]).toMatchObject([['1'], [{ id: 1, original: [0], set: [[0], [1]] }]]);
  });

  test.each<[string, Said | undefined, string | undefined]>([
    ['the kernel did', undefined, undefined],
    [
      'somebody else may have',
      { stderr: 'error: no\n' },
      'somebody else pinned it meanwhile: it has its affinity back',
    ],
  ])('an affinity that is another one after a pCPU went offline: %s', async (_, online, error) => {
    const { host, apply } = setUp({
      said: (command) => (command === 'nodecpumap' ? online : undefined),
      over: { set: [[3], [1]] },
    });
    host.online = [0, 1, 2];
    pinByHand(host, 0, [0, 1, 2]);
    expect(await apply()).toMatchObject([{ error }]);
    expect(masksOf(host)).toEqual([error === undefined ? '1' : '0-2']);
  });

  test('a pin of which it is not known whether it took may be left', async () => {
    const seen = new Set<string>();
    const { apply, vcpus } = setUp({
      said: (command) => {
        if (command !== `vcpuinfo ${uuid}` || !seen.has(command)) return void seen.add(command);
        return { stderr: 'error: gone\n' };
      },
      over: { id: 7 },
    });
    expect(await apply()).toEqual([{ error: 'the domain was started anew meanwhile', isMoot: false }]);
    expect(vcpus()).toMatchObject([{ id: 1, original: [0] }]);
  });

  test('and no other pin of the same process', async () => {
    const host = simHost(4, [guest(1, { demands: [10, 10] }), guest(2)]);
    const known = answerOf(host);
    const undo = `vcpupin --domain ${uuid} --vcpu 1 --cpulist 0 --live`;
    const { virsh } = virshOf((command) => (command === undo ? { stderr: 'error: no\n' } : known(command)));
    const of = (index: number, vcpu: number) => ({ domain: domainOf(index), vcpu, from: [0], to: [1] });
    const ledger = ledgerOf(
      saved(1, { id: 1, set: [[0], [1]] }),
      saved(1, { id: 1, set: [[2], [1]], vcpu: 1 }),
      saved(2, { id: 7, set: [[0], [1]] }),
    );
    const { results } = await applyReconciled(
      virsh,
      [of(1, 0), of(1, 1), of(2, 0)],
      clock,
      ledger,
      'respect',
    );
    expect(results.map(({ move, error }) => [move.domain.name, move.vcpu, error])).toEqual([
      ['guest-1', 0, undefined],
      ['guest-1', 1, 'somebody else pinned it meanwhile: its affinity could not be restored: no'],
      ['guest-2', 0, 'the domain was started anew meanwhile: it has its affinity back'],
    ]);
    expect(masksOf(host)).toEqual(['1', '1', '0']);
  });

  test('also where that has to wait for libvirt', async () => {
    const undo = `vcpupin --domain ${uuid} --vcpu 0 --cpulist 0 --live`;
    const given = busyHost(2, (command) => (command === undo ? 'takes' : 'no'));
    const ledger = ledgerOf(saved(1, { id: 7, set: [[0], [1]] }));
    const { results } = await applyReconciled(given.virsh, [pin], given.clock, ledger, 'respect');
    expect(results).toMatchObject([
      { error: 'the domain was started anew meanwhile: it has its affinity back', isMoot: true },
    ]);
    expect([given.pinned(), ledger.state().vcpus]).toEqual([['0', '0'], []]);
  });

  test('also where that cannot be noted on the disk', async () => {
    const { host, apply, ledger } = setUp({ over: { id: 7 } });
    const save = async () => {
      throw new StateFailure(1, 'the disk is full', 'full');
    };
    expect(await apply('respect', { ...ledger, save })).toMatchObject([{ isMoot: true }]);
    expect(masksOf(host)).toEqual(['0']);
  });

  test('a defect of the program is none of the disk', async () => {
    const { apply, ledger } = setUp({ over: { id: 7 } });
    const save = () => Promise.reject(new Error('a defect'));
    await expect(apply('respect', { ...ledger, save })).rejects.toThrow('a defect');
  });
});
