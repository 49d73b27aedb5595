import { describe, expect, test } from 'vitest';
import { partsOf } from '../../../src/simulate/score/task.ts';

describe('partsOf', () => {
  test('one where a demand may be put anywhere, or nothing is said', () => {
    const free = { demands: [1, 2], base: [0, 0], allowed: [] };
    expect(partsOf(free)).toEqual([{ ...free, items: [0, 1], pcpus: [0, 1] }]);
    expect(partsOf({ ...free, allowed: [[0], undefined] })).toHaveLength(1);
  });

  test('sets that share a pCPU are in one part, and a part counts from 0 again', () => {
    const allowed = [[3, 4], [0, 2], [4], [0, 2], [2]];
    expect(partsOf({ demands: [1, 2, 3, 4, 5], base: [10, 11, 12, 13, 14], allowed })).toEqual([
      {
        demands: [2, 4, 5],
        base: [10, 12],
        allowed: [undefined, undefined, [1]],
        items: [1, 3, 4],
        pcpus: [0, 2],
      },
      { demands: [], base: [11], allowed: [], items: [], pcpus: [1] },
      { demands: [1, 3], base: [13, 14], allowed: [undefined, [1]], items: [0, 2], pcpus: [3, 4] },
    ]);
  });
});
