import { beforeAll, describe, expect, test } from 'vitest';
import { manPage } from './support/man-page.ts';
import { onSimulatedHost } from './support/simulated-host.ts';

/** The JSON OUTPUT section of the manual is held against what is printed. */
const manual = manPage('man/vcpusched.1');
const printed = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  await onSimulatedHost(async (shell) => {
    for (const line of ['status', 'plan', 'once', 'watch 0.5 --cycles 1']) {
      const window = line.startsWith('watch') ? '' : '--window 0.5';
      const { stdout } = await shell(`vcpusched ${line} ${window} --json`);
      printed.set(line.split(' ')[0] ?? '', JSON.parse(stdout));
    }
  });
}, 60_000);

describe('--json', () => {
  test.each(['status', 'plan', 'once', 'watch'])('%s prints what the manual describes', (command) => {
    const object = printed.get(command) ?? {};
    const ofPlan = ['summary', 'moves', 'loads'];
    const fields = manual.entries('JSON OUTPUT').map(({ tag }) => tag);
    const expected = command === 'status' ? fields.filter((field) => !ofPlan.includes(field)) : fields;
    expect(Object.keys(object).toSorted()).toEqual(expected.toSorted());
    expect(object).toMatchObject({ formatVersion: 1, command });
  });

  test('every field below is in the paragraph of the field above it', () => {
    const paragraphs = new Map(manual.entries('JSON OUTPUT').map(({ tag, text }) => [tag, text]));
    const below = (value: unknown): readonly string[] => {
      if (Array.isArray(value)) return value.flatMap(below);
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([name, inner]) => [
        name,
        ...(name === 'domain' ? [] : below(inner)),
      ]);
    };
    for (const object of printed.values()) {
      for (const [field, value] of Object.entries(object)) {
        const words = paragraphs.get(field)?.match(/\w+/g) ?? [];
        expect(words).toEqual(expect.arrayContaining([...new Set(below(value))]));
      }
    }
    expect(Object.keys(Object(printed.get('once')?.['moves'])).length).toBeGreaterThan(0);
  });
});
