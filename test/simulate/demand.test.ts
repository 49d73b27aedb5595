import { describe, expect, it } from 'vitest';
import { type Demand, demandAt } from '../../src/simulate/demand.ts';

const second = 1e9;

describe('demandAt', () => {
  const steps = { kind: 'steps', fromNs: [0, 5 * second], pcts: [10, 90] } as const;

  it('follows steps, the last one for ever', () => {
    const demand: Demand = steps;
    expect(demandAt(demand, 0, 0)).toEqual({ pct: 10, untilNs: 5 * second });
    expect(demandAt(demand, 5 * second, 0)).toEqual({ pct: 90, untilNs: Number.POSITIVE_INFINITY });
  });

  it('begins again where they repeat, from where the offset says', () => {
    const demand: Demand = { ...steps, repeatNs: 8 * second, offsetNs: 4 * second };
    expect(demandAt(demand, 0, 0)).toEqual({ pct: 10, untilNs: second });
    expect(demandAt(demand, second, 0)).toEqual({ pct: 90, untilNs: 4 * second });
    expect(demandAt(demand, 4 * second, 0)).toEqual({ pct: 10, untilNs: 9 * second });
  });

  it('takes the last step before the first one begins', () => {
    const late: Demand = { kind: 'steps', fromNs: [second], pcts: [30], repeatNs: 2 * second };
    expect(demandAt(late, 0, 0)).toEqual({ pct: 30, untilNs: second });
  });

  it('finds its step among many, in typed arrays too, and stands still before there is any', () => {
    const fromNs = Float64Array.from({ length: 1001 }, (_, i) => i ** 2);
    const demand: Demand = {
      kind: 'steps',
      fromNs,
      pcts: Float32Array.from({ length: 1001 }, (_, i) => i % 100),
    };
    for (const i of [0, 1, 2, 499, 999]) {
      expect(demandAt(demand, i ** 2, 0)).toEqual({ pct: i % 100, untilNs: (i + 1) ** 2 });
      expect(demandAt(demand, (i + 1) ** 2 - 1, 0).pct).toBe(i % 100);
    }
    expect(demandAt({ kind: 'steps', fromNs: [], pcts: [] }, 7, 0)).toEqual({
      pct: 0,
      untilNs: Number.POSITIVE_INFINITY,
    });
  });

  it('reads the rows of a trace and begins again after the last', () => {
    const demand: Demand = { kind: 'rows', rowNs: 300 * second, pcts: [5, 15, 25] };
    const at = [0, 299, 300, 899, 900].map((s) => demandAt(demand, s * second, 0).pct);
    expect(at).toEqual([5, 5, 15, 25, 5]);
    expect(demandAt(demand, 10, 0).untilNs).toBe(300 * second);
  });

  it('makes noise that a seed repeats, within its bounds, about the demand', () => {
    const noisy: Demand = { ...quiet, of: { kind: 'constant', pct: 50 }, points: 3 };
    const draws = Array.from({ length: 1000 }, (_, i) => demandAt(noisy, i * second, 7).pct);
    expect(Array.from({ length: 1000 }, (_, i) => demandAt(noisy, i * second, 7).pct)).toEqual(draws);
    expect(demandAt(noisy, 0, 8).pct).not.toBe(draws[0]);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(47);
    expect(Math.max(...draws)).toBeLessThanOrEqual(53);
    expect(Math.max(...draws) - Math.min(...draws)).toBeGreaterThan(5.5);
    expect(draws.reduce((sum, pct) => sum + pct, 0) / draws.length).toBeCloseTo(50, 0);
  });

  it('keeps noise within 0 and 100, and jitter in proportion', () => {
    const jitter: Demand = { ...quiet, of: { kind: 'constant', pct: 10 }, share: 0.1 };
    const idle: Demand = { ...quiet, of: { kind: 'constant', pct: 1 }, points: 5 };
    for (let i = 0; i < 200; i++) {
      expect(Math.abs(demandAt(jitter, i * second, 1).pct - 10)).toBeLessThanOrEqual(1);
      expect(demandAt(idle, i * second, 1).pct).toBeGreaterThanOrEqual(0);
    }
  });
});

const quiet = { kind: 'noisy', points: 0, share: 0, everyNs: second } as const;
