import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitLines } from '../../src/state/split-lines.ts';

async function lines(chunks: readonly Buffer[], maxBytes?: number) {
  const found = [];
  const stream = (async function* () {
    yield* chunks;
  })();
  for await (const line of splitLines(stream, maxBytes)) found.push(line);
  return found;
}

test('however a text is cut into chunks, its lines are the same', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r', '\u2028')).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (whole, size) => {
      const bytes = Buffer.from(whole);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const parts = whole.split('\n');
      const expected = parts.map((part, i) => ({ text: part, whole: i < parts.length - 1 }));
      expect(await lines(chunks)).toEqual(
        expected.filter(({ text: part, whole: isWhole }) => isWhole || part !== ''),
      );
    }),
  );
});

test('a line that never ends does not use up the memory', async () => {
  const chunks = Array.from({ length: 20 }, () => Buffer.from('0123456789'));
  await expect(lines(chunks, 100)).rejects.toThrow('is longer than 100 bytes');
});

test('a line may be as long as that, however many there are', async () => {
  const line = { text: 'x'.repeat(100), whole: true };
  const chunk = Buffer.from(`${line.text}\n`.repeat(3));
  expect(await lines([chunk.subarray(0, 50), chunk.subarray(50)], 100)).toEqual([line, line, line]);
});
