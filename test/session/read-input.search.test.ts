import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { names } from '../state/recordings.ts';
import { read, recordedDay } from './inputs.ts';

test.each(names)(
  '%s cut at any byte: what is whole is used, and one line tells that the end is torn',
  async (name) => {
    const path = await recordedDay(name);
    const bytes = readFileSync(path);
    const seconds = new Set<number | undefined>();
    for (let length = 0; length < bytes.length; length++) {
      const cut = `${path}.cut`;
      writeFileSync(cut, bytes.subarray(0, length));
      const { input, said, status } = await read(cut);
      seconds.add(input?.seconds);
      expect(said.length).toBeLessThanOrEqual(1);
      for (const line of said) expect(line).toMatch(/^FILE:\d+: [^\n]+$/);
      expect(status).toBe(input === undefined ? 65 : 0);
    }
    expect([...seconds]).toEqual([undefined, 5, 10, 15].slice(0, seconds.size));
    expect(seconds.size).toBeGreaterThanOrEqual(3);
  },
);
