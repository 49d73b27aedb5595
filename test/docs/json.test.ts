import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { verdictKinds } from '../../src/model/plan.ts';
import { commandLine } from './support/command-line.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';
import { onSimulatedHost } from './support/simulated-host.ts';

/** man/vcpusched-json.7 is held against what is printed. */
const manual = manPage('man/vcpusched-json.7');
const ofStatus = manual.entries('OBJECT OF STATUS, ONCE, WATCH, PLAN AND TOP');
const ofMoves = manual.entries('OBJECT OF ONCE, WATCH, PLAN AND TOP: MORE FIELDS');
const entries = [...ofStatus, ...ofMoves];
const printed = new Map<string, Record<string, unknown>>();
let restored: Record<string, unknown> = {};
let planned: Record<string, unknown> = {};
let simulated: Record<string, unknown> = {};

beforeAll(async () => {
  await onSimulatedHost(async (shell) => {
    const slow = await shell('vcpusched plan --window 0.5 --capacity 0=0.5 --json');
    planned = JSON.parse(slow.stdout);
    for (const line of ['status', 'plan', 'once', 'watch 0.5 --cycles 1', 'top 0.5 --cycles 1']) {
      const window = line.includes('--cycles') ? '' : '--window 0.5';
      const { stdout } = await shell(`vcpusched ${line} ${window} --json`);
      printed.set(line.split(' ')[0] ?? '', JSON.parse(stdout));
    }
    const scenario = 'fixtures/scenarios/three-on-eight.toml';
    simulated = JSON.parse((await shell(`vcpusched simulate ${scenario} --cycles 2 --json`)).stdout);
    restored = JSON.parse((await shell('vcpusched restore --json')).stdout);
  });
});

describe('--json', () => {
  test.each(['status', 'plan', 'once', 'watch', 'top'])('%s prints what the manual describes', (command) => {
    const object = printed.get(command) ?? {};
    const ofPlan = ofMoves.map(({ tag }) => tag);
    const fields = entries.map(({ tag }) => tag);
    const expected = command === 'status' ? fields.filter((field) => !ofPlan.includes(field)) : fields;
    expect(Object.keys(object).toSorted()).toEqual(expected.toSorted());
    expect(object).toMatchObject({ formatVersion: 1, command });
  });

  test('a demand is told in the unit that the manual says', () => {
    const demands = v.array(v.object({ domain: v.object({ name: v.string() }), demandPct: v.number() }));
    const { moves, vcpus } = v.parse(v.object({ moves: demands, vcpus: demands }), planned);
    expect(moves.length).toBeGreaterThan(0);
    const onItsPcpu = new Map(vcpus.map(({ domain, demandPct }) => [domain.name, demandPct]));
    for (const { domain, demandPct } of moves)
      expect(demandPct).toBeCloseTo((onItsPcpu.get(domain.name) ?? 0) / 2, 0);
    const { text = '' } = entries.find(({ tag }) => tag === 'moves') ?? {};
    expect(text).toContain('demandPct (in per cent of a pCPU of the fastest kind');
  });

  test('every kind of a verdict is explained, and none besides', () => {
    const page = read('man/vcpusched-json.7');
    const [, list = ''] = /^\.I verdict\n(.*?)^\.RE$/ms.exec(page) ?? [];
    const explained = [...list.matchAll(/^\.IP "\\fB([a-z\\-]+)\\fR"/gm)].map(([, kind = '']) =>
      kind.replaceAll('\\', ''),
    );
    expect(explained).toEqual([...verdictKinds]);
  });

  test('every command has its name in the manual', () => {
    const { text = '' } = entries.find(({ tag }) => tag === 'command') ?? {};
    expect(text.match(/\w+/g)).toEqual(expect.arrayContaining([...commandLine().verbs]));
  });

  test('restore prints what the manual describes', async () => {
    const part = manual.section('OBJECT OF RESTORE').match(/\w+/g) ?? [];
    const names = ['formatVersion', 'command', 'time', 'connection', 'pins', 'leftAlone'];
    expect(Object.keys(restored)).toEqual(names);
    const { pins } = restored;
    const ofPin = ['domain', 'vcpu', 'from', 'to', 'done', 'error'];
    expect(Object.keys(Object(Array.isArray(pins) ? pins[0] : undefined))).toEqual(ofPin);
    expect(part).toEqual(expect.arrayContaining([...names, ...ofPin]));
  });

  test('simulate prints what the manual describes, and nothing else', () => {
    const part = manual.section('OBJECT OF SIMULATE');
    const { results, ...rest } = simulated;
    const names = ['formatVersion', 'command', 'time'];
    const ofResult = Object.keys(Object(Array.isArray(results) ? results[0] : undefined));
    expect(Object.keys(rest)).toEqual(names);
    expect(ofResult.length).toBeGreaterThan(12);
    expect(part.match(/\w+/g)).toEqual(expect.arrayContaining([...names, 'results', ...ofResult]));
    const fields = part.match(/\b[a-z]+[A-Z][a-z]\w*/g) ?? [];
    expect([...names, ...ofResult]).toEqual(expect.arrayContaining([...new Set(fields)]));
  });

  test('every field below is in the paragraph of the field above it', () => {
    const paragraphs = new Map(entries.map(({ tag, text }) => [tag, text]));
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
