import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policies } from '../../../src/balance/policies/index.ts';
import { isSubset } from '../../../src/model/cpu-set.ts';
import { vcpuKey } from '../../../src/model/host-load.ts';
import type { PolicySettings } from '../../../src/model/policy-settings.ts';
import { afterPlan, hostOf } from '../support.ts';
import { anyHost, decided, type PolicyName } from './support.ts';

const names = Object.keys(policies) as PolicyName[];
const anySettings: fc.Arbitrary<Partial<PolicySettings>> = fc.record({
  place: fc.constantFrom('demand', 'spread', 'keep'),
  maxMoves: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  thresholds: fc.constantFrom('proportional', 'absolute'),
  gap: fc.integer({ min: 1, max: 50 }),
  sigma: fc.integer({ min: 1, max: 30 }),
});

describe.each(names)('%s', (name) => {
  test('keeps to what each vCPU may use, and moves none that is fixed or could not be read', () => {
    fc.assert(
      fc.property(anyHost, anySettings, (host, settings) => {
        const byKey = new Map(host.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
        for (const move of decided(name, host, settings).moves) {
          const vcpu = byKey.get(vcpuKey(move));
          expect(move.from).toEqual(vcpu?.placement.affinity);
          expect(move.to).not.toEqual(move.from);
          expect(isSubset(move.to, vcpu?.allowed ?? [])).toBe(true);
          expect([vcpu?.fixed, vcpu?.reading.kind]).toEqual([undefined, 'measured']);
          expect(move.reason).not.toBe('');
        }
      }),
    );
  });

  test('pins no vCPU twice, none that is said to be left alone, and at most --max-moves', () => {
    fc.assert(
      fc.property(anyHost, anySettings, (host, settings) => {
        const { moves, leftAlone, summary } = decided(name, host, settings);
        const moved = moves.map(vcpuKey);
        expect(new Set(moved).size).toBe(moved.length);
        const left = leftAlone.map(({ domain, vcpu }) => `${domain.uuid}/${vcpu}`);
        expect(left.filter((key) => moved.includes(key))).toEqual([]);
        expect(moves.length).toBeLessThanOrEqual(settings.maxMoves ?? Number.POSITIVE_INFINITY);
        expect(summary).not.toBe('');
      }),
    );
  });

  test('decides the same for the same host, in whatever order its vCPUs come', () => {
    fc.assert(
      fc.property(anyHost, anySettings, (host, settings) => {
        const turned = { ...host, vcpus: host.vcpus.toReversed() };
        expect(decided(name, turned, settings)).toEqual(decided(name, host, settings));
      }),
    );
  });

  test('tells the loads and counts as they will be', () => {
    let plans = 0;
    fc.assert(
      fc.property(anyHost, anySettings, (host, settings) => {
        const plan = decided(name, host, settings);
        const wide = plan.moves.some(({ to }) => to.length > 1);
        if (wide) return;
        plans++;
        expect(counts(decided('none', afterPlan(host, plan)))).toEqual(counts(plan));
      }),
    );
    expect(plans).toBeGreaterThan(5);
  });

  test('has nothing to say of a host without vCPUs, or without pCPUs', () => {
    expect(decided(name, hostOf(4, [])).moves).toEqual([]);
    expect(decided(name, hostOf(0, [{ demand: 50, on: 0, allowed: [] }])).moves).toEqual([]);
  });
});

function counts({ after }: ReturnType<typeof decided>) {
  return after.map(({ cpus, vcpus }) => [cpus, vcpus]);
}
