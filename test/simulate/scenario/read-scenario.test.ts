import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VcpuschedError } from '../../../src/errors.ts';
import { exitStatus } from '../../../src/exit-status.ts';
import { advance } from '../../../src/simulate/advance.ts';
import { readScenario } from '../../../src/simulate/scenario/read-scenario.ts';
import { temporaryDirectory } from '../../support/executable.ts';
import { vcpuOf } from '../support/figures.ts';
import { hostOf } from '../support/host-of.ts';

const fixtures = 'fixtures/scenarios';

describe('the scenarios that come with the project', () => {
  const files = readdirSync(fixtures).filter((name) => name.endsWith('.toml'));

  it.each(files)('%s can be read, and time can pass in it', (name) => {
    const host = advance(readScenario(join(fixtures, name)), 61);
    expect(host.domains.length).toBeGreaterThan(0);
    expect(host.events.filter(({ atNs }) => atNs <= 61e9)).toEqual([]);
  });

  it('has the demo, with eight domains on pCPU 0 of four', () => {
    const host = readScenario(`${fixtures}/demo.toml`);
    expect(host.online).toEqual([0, 1, 2, 3]);
    expect(host.domains.flatMap(({ vcpus }) => vcpus.map(({ pcpu }) => pcpu))).toEqual(Array(8).fill(0));
  });

  it('has a large host with 512 vCPUs on 64 pCPUs', () => {
    const host = readScenario(`${fixtures}/large.toml`);
    expect(host.topology).toHaveLength(64);
    expect(host.domains.flatMap(({ vcpus }) => vcpus)).toHaveLength(512);
  });

  it('has two cells of two dies of eight cores of two threads', () => {
    const { topology } = readScenario(`${fixtures}/two-cells.toml`);
    expect(topology).toHaveLength(64);
    expect(topology[41]).toEqual({ id: 41, cellId: 0, socketId: 0, dieId: 1, coreId: 1, siblings: [9, 41] });
    expect(topology[63]).toEqual({ id: 63, cellId: 1, socketId: 1, dieId: 1, coreId: 7, siblings: [31, 63] });
  });
});

describe('what a scenario says', () => {
  const one = (rest: string): string => `pcpus = 4\n[[domains]]\nname = "a"\ndemand = 10\n${rest}\n`;
  const affinities = (rest: string): unknown =>
    hostOf(one(rest)).domains.flatMap(({ vcpus }) => vcpus.map(({ pinned }) => pinned));

  it.each([
    ['affinity = 2', [[2]]],
    ['affinity = "1-2"', [[1, 2]]],
    ['affinity = "all"', [undefined]],
    ['count = 3\naffinity = "in-turn"', [[0], [1], [2]]],
    ['count = 2\nvcpus = 2\naffinity = "in-turn:1,3"', [[1], [3], [1], [3]]],
    ['vcpus = 3\naffinity = [0, "2-3", "all"]', [[0], [2, 3], undefined]],
  ])('%s', (rest, expected) => {
    expect(affinities(rest)).toEqual(expected);
  });

  it('names domains by number, and numbers vCPUs with gaps', () => {
    const host = hostOf(one('count = 2\nvcpus = "0,2"\nmax-vcpus = 4'));
    expect(host.domains.map(({ name }) => name)).toEqual(['a-1', 'a-2']);
    expect(host.domains[0]?.vcpus.map(({ online }) => online)).toEqual([true, false, true, false]);
  });

  it('gives ids in order, around those that are taken', () => {
    const host = hostOf(`${one('count = 2')}[[domains]]\nname = "3"\nid = 2\ndemand = 0\n`);
    expect(host.domains.map(({ name, id }) => `${name} ${id}`)).toEqual(['a-1 1', 'a-2 3', '3 2']);
    expect(host.nextId).toBe(4);
  });

  it('gives a name and a seed the same UUID always, and others another', () => {
    const uuid = (seed: number): string | undefined => hostOf(`seed = ${seed}\n${one('')}`).domains[0]?.uuid;
    expect(uuid(1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid(1)).toBe(uuid(1));
    expect(uuid(1)).not.toBe(uuid(2));
    const many = hostOf(`pcpus = 1\n[[domains]]\nname = "x"\ncount = 4000\ndemand = 0\n`);
    expect(new Set(many.domains.map((domain) => domain.uuid)).size).toBe(4000);
  });

  it('takes columns of a trace in turn, by number and by name', () => {
    const traced = (column: string): string =>
      `pcpus = 1\n[[domains]]\nname = "t"\ncount = 2\ndemand = { trace = "t.csv", row = 60, ${column} scale = 0.5 }\n`;
    const rows = (column: string): unknown =>
      hostOf(traced(column), { 't.csv': 'x,y\n10,20\n30,400\n' }).domains.map(
        ({ vcpus }) => vcpus[0]?.demand,
      );
    const x = { kind: 'rows', rowNs: 60e9, pcts: [5, 15] };
    const y = { kind: 'rows', rowNs: 60e9, pcts: [10, 100] };
    expect(rows('')).toEqual([x, y]);
    expect(rows('column = 2,')).toEqual([y, y]);
    expect(rows('column = "x",')).toEqual([x, x]);
  });

  it('spreads the phases of a square wave over its group', () => {
    const host = hostOf(
      `pcpus = 4\n[[domains]]\nname = "s"\ncount = 4\naffinity = "in-turn"\ndemand = { high = 100, period = 4, phase = "spread" }\n`,
    );
    const ran = advance(host, 1).domains.map(({ name }) =>
      Math.round((vcpuOf(advance(host, 1), name)?.runNs ?? 0) / 1e9),
    );
    expect(ran).toEqual([1, 1, 0, 0]);
  });
});

describe('mistakes', () => {
  const ok = 'pcpus = 4\n\n[[domains]]\nname = "a"\ndemand = 10\n';

  it.each([
    ['an unknown key', `${ok}colour = 3\n`, /^test\.toml:6: domains\.colour: there is no such key$/],
    [
      'a key mistyped at the top',
      `duraton = 3\n${ok}`,
      /^test\.toml:1: duraton: there is no such key; did you mean duration\?$/,
    ],
    [
      'a key mistyped inside a demand',
      ok.replace('10', '{ high = 5, period = 4, dutty = 1 }'),
      /^test\.toml:5: domains\.demand\.dutty: there is no such key; did you mean duty\?$/,
    ],
    [
      'a missing key',
      'pcpus = 4\n[[domains]]\nname = "a"\n',
      /^test\.toml:2: domains\.demand: the key is missing$/,
    ],
    [
      'one bracket instead of two',
      ok.replace('[[domains]]', '[domains]'),
      /^test\.toml:3: domains: Expected tables, each below a line \[\[domains\]\] with two brackets$/,
    ],
    [
      'a number instead of tables',
      `events = 3\n${ok}`,
      /^test\.toml:1: events: Expected tables, each below a line \[\[events\]\] with two brackets$/,
    ],
    [
      'a number instead of a table',
      `topology = 3\n${ok}`,
      /^test\.toml:1: topology: Expected a table but received 3$/,
    ],
    [
      'a table instead of a number',
      `duration = {}\n${ok}`,
      /^test\.toml:1: duration: Expected number but received a table$/,
    ],
    [
      'a fraction of a pCPU',
      ok.replace('4', '4.5'),
      /^test\.toml:1: pcpus: Expected a whole number but received 4\.5$/,
    ],
    [
      'no end',
      `duration = inf\n${ok}`,
      /^test\.toml:1: duration: Expected a finite number but received Infinity$/,
    ],
    [
      'a start that never comes',
      `${ok}start = inf\n`,
      /^test\.toml:6: domains\.start: Expected a finite number/,
    ],
    [
      'a topology of too many pCPUs',
      `${ok.replace('pcpus = 4', '')}[topology]\ncells = 64\nsockets = 64\ncores = 64\n`,
      /^test\.toml:6: topology: Expected at most 4096 pCPUs but received 262144$/,
    ],
    ['a wrong type', `${ok}shares = "many"\n`, /^test\.toml:6: domains\.shares: Expected number/],
    ['a demand above 100', ok.replace('10', '101'), /^test\.toml:5: domains\.demand: Expected <=100/],
    ['the second group', `${ok}[[domains]]\nname = "b"\ndemand = "x"\n`, /^test\.toml:8: domains\.demand: /],
    [
      'inside a demand',
      ok.replace('10', '{ high = 5, period = "x" }'),
      /^test\.toml:5: domains\.demand\.period: /,
    ],
    [
      'no such CPU',
      `${ok}affinity = 4\n`,
      /^test\.toml:6: domains\.affinity: '4' is not among the host's CPUs 0-3/,
    ],
    ['a bad CPU list', `${ok}affinity = "x"\n`, /^test\.toml:6: domains\.affinity: 'x' is not a CPU number/],
    [
      'twice the same name',
      `${ok}[[domains]]\nname = "a"\ndemand = 0\n`,
      /^test\.toml:7: domains\.name: 'a' is there twice/,
    ],
    [
      'an event of no such domain',
      `${ok}[[events]]\nat = 1\ndo = "stop"\ndomain = "b"\n`,
      /^test\.toml:9: events\.domain: there is no domain 'b'/,
    ],
    [
      'an event without its domain',
      `${ok}[[events]]\nat = 1\ndo = "stop"\n`,
      /^test\.toml:6: events\.domain: the key is missing, and "stop" needs it$/,
    ],
    [
      'an event without its pCPU',
      `${ok}[[events]]\nat = 1\ndo = "offline"\n`,
      /^test\.toml:6: events\.pcpu: the key is missing, and "offline" needs it$/,
    ],
    ['all pCPUs offline', `offline = "0-3"\n${ok}`, /^test\.toml:1: offline: one CPU at least/],
    ['no pCPUs', ok.replace('pcpus = 4', ''), /^test\.toml:1: pcpus: either pcpus or \[topology\]/],
    ['no vCPU 0', `${ok}vcpus = "1-2"\n`, /^test\.toml:6: domains\.vcpus: vCPU 0/],
    [
      'a topology without cores',
      `${ok.replace('pcpus = 4', '')}[topology]\ncells = 2\n`,
      /^test\.toml:6: topology\.cores: /,
    ],
    [
      'no such trace column',
      ok.replace('10', '{ trace = "t.csv", row = 1, column = 9 }'),
      /^test\.toml:5: domains\.demand: the trace has 1 columns, and no '9'/,
    ],
    [
      'a letter in a trace',
      ok.replace('10', '{ trace = "bad.csv", row = 1 }'),
      /^bad\.csv:3: x: 'five' is no number/,
    ],
    [
      'a short row in a trace',
      ok.replace('10', '{ trace = "short.csv", row = 1 }'),
      /^short\.csv:2: 1 columns, where the header has 2/,
    ],
    ['an empty trace', ok.replace('10', '{ trace = "none.csv", row = 1 }'), /^none\.csv:1: a header/],
    ['no TOML at all', 'pcpus = = 4\n', /^test\.toml:1: /],
    ['a time without an end', `duration = 1e300\n${ok}`, /^test\.toml:1: duration: Expected <=8640000 /],
    [
      'an event that never comes',
      `${ok}[[events]]\nat = 1e15\ndo = "offline"\npcpu = 0\n`,
      /^test\.toml:7: events\.at: Expected <=8640000 /,
    ],
    [
      'more vCPUs than can be',
      `${ok}count = 4096\nvcpus = 4096\n`,
      /^test\.toml:6: domains\.count: with it the host has 16777216 vCPUs: at most 65536$/,
    ],
    [
      'steps too fine to come to an end',
      `${ok.replace('10', '{ high = 9, period = 0.001 }')}count = 4096\nvcpus = 2\n`,
      /^test\.toml:5: domains\.demand: in 120 s the demands change 2\.0e\+9 times: at most 1000000000; /,
    ],
    [
      'an L3 list with a CPU twice',
      `${ok.replace('pcpus = 4', '')}[topology]\ncores = 4\nl3s = ["0-1", "1-3"]\n`,
      /^test\.toml:8: topology\.l3s: a CPU is in two of the lists$/,
    ],
    [
      'a real-time vCPU that it has not',
      `${ok}realtime = { scheduler = "rr", vcpus = "3" }\n`,
      /^test\.toml:6: domains\.realtime: '3' is not among its vCPUs$/,
    ],
    [
      'cores that are not whole',
      `${ok}vcpus = 3\nguest-threads = 2\n`,
      /^test\.toml:7: domains\.guest-threads: 3 vCPUs are no whole number of cores of 2 threads$/,
    ],
    [
      'a guest cell with a vCPU that it has not',
      `${ok}memnodes = [{ vcpus = "0-1", nodeset = "0" }]\n`,
      /^test\.toml:6: domains\.memnodes\.vcpus: '0-1' is not among its vCPUs 0-0$/,
    ],
    [
      'a pCPU that cannot do anything',
      `${ok.replace('pcpus = 4', 'pcpus = 4\ncapacity = { "0" = 0 }')}`,
      /^test\.toml:\d+: capacity\.0: Expected >=0\.01 /,
    ],
    [
      'a partition that is no path',
      `${ok}partition = "machine"\n`,
      /^test\.toml:6: domains\.partition: Expected a path such as "\/machine\/web"$/,
    ],
    [
      'a background of nothing',
      `${ok}[[events]]\nat = 1\ndo = "background"\npcpus = 0\n`,
      /^test\.toml:6: events\.demand: the key is missing, and "background" needs it$/,
    ],
  ])('%s: one line with the file, the line and the key', (_, text, expected) => {
    const traces = { 't.csv': 'x\n1\n', 'bad.csv': 'x\n1\nfive\n', 'short.csv': 'x,y\n1\n', 'none.csv': '' };
    const error = caught(() => hostOf(text, traces));
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain('\n');
    expect(error.status).toBe(exitStatus.data);
  });

  describe('all pCPUs offline in the course of time', () => {
    const two = ok.replace('4', '2');
    const event = (at: number, what: string, pcpu: number): string =>
      `[[events]]\nat = ${at}\ndo = "${what}"\npcpu = ${pcpu}\n`;

    it.each([
      ['one after the other', two + event(3, 'offline', 0) + event(5, 'offline', 1), 13],
      ['listed the other way round', two + event(5, 'offline', 1) + event(3, 'offline', 0), 9],
      ['the other was off at the start', `offline = 1\n${two}${event(3, 'offline', 0)}`, 10],
      [
        'the other comes too late',
        two + event(3, 'offline', 0) + event(5, 'offline', 1) + event(6, 'online', 0),
        13,
      ],
      ['at once, as they are listed', two + event(3, 'offline', 0) + event(3, 'offline', 1), 13],
    ])('%s', (_, text, line) => {
      expect(caught(() => hostOf(text)).message).toBe(
        `test.toml:${line}: events.pcpu: the last CPU cannot go offline`,
      );
    });

    it.each([
      [
        'one comes before the other goes',
        two + event(3, 'offline', 0) + event(5, 'offline', 1) + event(4, 'online', 0),
      ],
      ['the same one twice', two + event(3, 'offline', 0) + event(5, 'offline', 0)],
      ['at once, one comes first', `offline = 1\n${two}${event(3, 'online', 1)}${event(3, 'offline', 0)}`],
    ])('not if %s', (_, text) => {
      expect(advance(hostOf(text), 10).online).toHaveLength(1);
    });
  });

  it('a file that is not there', () => {
    expect(caught(() => readScenario('nowhere.toml')).message).toMatch(
      /^nowhere\.toml: cannot be read: ENOENT/,
    );
  });

  it('a trace that is not there, looked for beside the scenario', () => {
    const file = join(temporaryDirectory(), 's.toml');
    writeFileSync(file, ok.replace('10', '{ trace = "t.csv", row = 1 }'));
    expect(caught(() => readScenario(file)).message).toContain(join(file, '..', 't.csv'));
  });
});

function caught(run: () => unknown): VcpuschedError {
  try {
    run();
  } catch (error) {
    if (error instanceof VcpuschedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
