import { expect, test } from 'vitest';
import { parseState, StateProblem } from '../../src/state/parse-state.ts';
import { formatState } from '../../src/state/state-format.ts';
import { saved, stateOf } from './support.ts';

const text = formatState({
  ...stateOf(saved(1), saved(2), saved(3)),
  moves: [{ key: 'x/0', atMs: 5, from: [0], to: [1] }],
});

test('every bit of it, flipped, is seen; and no more than two entries are lost where any can be used', () => {
  const bytes = Buffer.from(text);
  const whole = [1, 2, 3].map((index) => saved(index));
  const usable: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      const { state: left, faults } = parseState(damaged.toString());
      expect(faults, `bit ${bit}`).not.toEqual([]);
      for (const each of left.vcpus) expect(whole).toContainEqual(each);
      usable.push(left.vcpus.length);
    } catch (error) {
      expect(error).toBeInstanceOf(StateProblem);
    }
  }
  expect(Math.min(...usable)).toBeGreaterThanOrEqual(1);
  const inEntries = 8 * 3 * 200;
  expect(usable.length).toBeGreaterThan(inEntries);
});
