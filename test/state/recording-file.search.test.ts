import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../src/state/recording-file.ts';
import { anySamples, run } from '../simulate/recording/any-samples.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { names, read, sampleAt, samplesAt, wallMs, write } from './recordings.ts';

describe.each(names)('%s', (name) => {
  test('any samples read back as they were', async () => {
    const directory = temporaryDirectory();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(anySamples, async (samples) => {
        const path = join(directory, `${count++}${name}`);
        await write(path, samples);
        const kept = (await read(path)).map(({ line: _, ...recorded }) => recorded);
        expect(kept).toEqual(samples.map((sample) => ({ kind: 'sample', ...sample })));
      }),
      { numRuns: 50 },
    );
  });

  test('cut at any byte, it reads up to there, is continued, and reads with a gap then', async () => {
    const directory = temporaryDirectory();
    const [whole = '', cutPath = '', againPath = ''] = ['', 'cut-', 'again-'].map((prefix) =>
      join(directory, `${prefix}${name}`),
    );
    const file = await openRecording(whole, run);
    const ends: number[] = [0];
    for (const sample of samplesAt(0, 3)) {
      await file.addSample(sample);
      ends.push(file.writtenBytes());
    }
    await file.close();
    const bytes = readFileSync(whole);
    const headerEnd = name.endsWith('.gz') ? 0 : bytes.indexOf('\n') + 1;
    let judged = 0;
    for (let cut = 0; cut <= bytes.length; cut++) {
      writeFileSync(cutPath, bytes.subarray(0, cut));
      writeFileSync(againPath, bytes.subarray(0, cut));
      const kept = ends.filter((end) => end <= cut).length - 1;
      const isTorn = !ends.includes(cut) && cut !== headerEnd;

      const seen = wallMs(await read(cutPath).catch(() => []));
      const samples = seen.filter((each) => each !== 'torn');
      expect(samples).toEqual([0, 1, 2].slice(0, samples.length));
      // A gzip member whose end is cut off can have its line whole.
      expect(name.endsWith('.gz') ? [kept, kept + 1] : [kept]).toContain(samples.length);
      if (kept > 0) {
        judged++;
        expect([cut, seen.at(-1) === 'torn']).toEqual([cut, isTorn]);
      }

      await write(againPath, [sampleAt(9)], undefined, { ...run, startedMs: run.startedMs + 1 });
      const gap = kept === 0 ? [] : ['gap'];
      expect([cut, wallMs(await read(againPath))]).toEqual([cut, [...[0, 1, 2].slice(0, kept), ...gap, 9]]);
    }
    expect(judged).toBe(bytes.length - (ends[1] ?? 0) + 1);
  });
});
