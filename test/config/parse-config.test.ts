import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const parsed = (...lines: readonly string[]) =>
  parseConfig('c.toml', lines.join('\n'), Object.keys(policies));
const uuid = '57f96c5a-21db-4e8e-8722-99a6c168ddaf';

describe('what a file may say', () => {
  test('nothing', () => {
    const nothing = { raw: {}, sources: {}, rules: [] };
    expect(parsed()).toEqual({ file: 'c.toml', top: nothing, connections: [], faults: [] });
  });

  test.each<[string, unknown]>([
    ['high = 95.5', { high: '95.5' }],
    ['max-moves = 4', { maxMoves: '4' }],
    ['cpus = "0-3,^2"', { cpus: '0-3,^2' }],
    ['cpus = 2', { cpus: '2' }],
    ['every = "1m"', { every: '1m' }],
    ['every = 5', { every: '5' }],
    ['timeout = "1m"', { timeout: '1m' }],
    ['cooldown = 90', { cooldown: '90' }],
    ['quiet = true', { quiet: true }],
    ['quiet = false', { quiet: false }],
    ['exclude = ["a", "b c"]', { exclude: ['a', 'b c'] }],
    ['exclude = []', { exclude: [] }],
    ['policy = "none"', { policy: 'none' }],
  ])('%s', (line, raw) => {
    expect(parsed(line)).toMatchObject({ top: { raw }, faults: [] });
  });

  test('each setting has its line', () => {
    const { sources } = parsed('# mine', 'high = 95', '', 'max-moves = 4').top;
    expect(sources).toEqual({
      high: { kind: 'file', file: 'c.toml', line: 2 },
      maxMoves: { kind: 'file', file: 'c.toml', line: 4 },
    });
  });

  test('rules, in their order', () => {
    const { top, faults } = parsed(
      '[[domain]]',
      'name = "db-*"',
      'managed = false',
      '[[domain]]',
      `uuid = "${uuid.toUpperCase()}"`,
      'cpus = "4-5"',
      'priority = -3',
      'cooldown = 600',
    );
    const unsaid = { cpus: undefined, priority: undefined, cooldown: undefined };
    expect(faults).toEqual([]);
    expect(top.rules).toEqual([
      { ...unsaid, name: 'db-*', uuid: undefined, managed: false, where: 'c.toml:1' },
      {
        name: undefined,
        uuid,
        managed: undefined,
        cpus: [4, 5],
        priority: -3,
        cooldown: 600,
        where: 'c.toml:4',
      },
    ]);
  });

  test('connections, by URI or by a name of their own', () => {
    const { connections, faults } = parsed(
      '[connection."qemu+ssh://host/system"]',
      'max-moves = 1',
      '[connection.lab]',
      'uri = "qemu:///system"',
      '[[connection.lab.domain]]',
      'name = "x"',
    );
    expect(faults).toEqual([]);
    expect(connections).toMatchObject([
      { name: 'qemu+ssh://host/system', uri: 'qemu+ssh://host/system', raw: { maxMoves: '1' }, rules: [] },
      { name: 'lab', uri: 'qemu:///system', raw: {}, rules: [{ name: 'x', where: 'c.toml:5' }] },
    ]);
    expect(connections[0]?.sources).toMatchObject({ maxMoves: { line: 2 } });
  });
});

describe('what is a fault, and in which words', () => {
  test.each<[string, string]>([
    ['max-move = 4', 'max-move: there is no such key; did you mean max-moves?'],
    ['max_moves = 4', 'max_moves: there is no such key; did you mean max-moves?'],
    ['maxMoves = 4', 'maxMoves: there is no such key; did you mean max-moves?'],
    ['frobnicate = 1', 'frobnicate: there is no such key'],
    ['toString = 1', 'toString: there is no such key'],
    ['high = "90"', 'high: a number is wanted, not "90"'],
    ['high = true', 'high: a number is wanted, not true'],
    ['high = [90]', 'high: a number is wanted, not a list'],
    ['high = 2026-01-02', 'high: a number is wanted, not a date'],
    ['high = { a = 1 }', 'high: a number is wanted, not a table'],
    ['high = 120', "high: a number above 0, at most 100 is wanted, not '120'"],
    ['high = nan', "high: a number above 0, at most 100 is wanted, not 'NaN'"],
    ['timeout = true', 'timeout: a number of seconds or a time such as "5s" is wanted, not true'],
    ['cooldown = "2h"', "cooldown: a time such as 5s, 2m or 1h, from 0, at most 1h, is wanted, not '2h'"],
    ['max-moves = 1.5', "max-moves: a whole number above 0 is wanted, not '1.5'"],
    ['cpus = "0-x"', "cpus: '0-x' is not a CPU number or a range such as 0-3"],
    ['cpus = ""', 'cpus: a list of CPUs such as 0-3,8 is missing'],
    ['cpus = [0, 1]', 'cpus: a number or a text in quotes is wanted, not a list'],
    ['policy = "treshold"', `policy: there is no 'treshold', but ${Object.keys(policies).join(', ')}`],
    ['place = "here"', "place: demand, spread, keep are the choices, not 'here'"],
    ['quiet = "yes"', 'quiet: true or false is wanted, not "yes"'],
    ['exclude = "db"', 'exclude: a list of texts such as ["a", "b"] is wanted, not "db"'],
    ['exclude = [1]', 'exclude: a list of texts such as ["a", "b"] is wanted, not a list'],
    ['exclude = [""]', 'exclude: a pattern is missing'],
    ['dry-run = true', 'dry-run: it is for one run, and belongs on the command line'],
    ['inputs = ["x"]', 'inputs: it is for one run, and belongs on the command line'],
    ['config = "x"', 'config: a file cannot name another one; --config and VCPUSCHED_CONFIG can'],
    ['low = 85', 'low 85, target 80 and high 90 are out of order: low <= target <= high is wanted'],
    [
      'domain = ["web"]',
      'domain: rules are tables below a line [[domain]]; which domains to take is for --domain to say',
    ],
    [
      '[domain]',
      'domain: rules are tables below a line [[domain]]; which domains to take is for --domain to say',
    ],
    ['[[domain]]', 'domain: which one? name = "a glob" or uuid = "…" is missing'],
    ['[[domain]]\nname = "x"\nmanged = false', 'domain.manged: there is no such key; did you mean managed?'],
    ['[[domain]]\nname = ""', 'domain.name: a glob is missing'],
    ['[[domain]]\nname = 7', 'domain.name: a text in quotes is wanted, not 7'],
    ['[[domain]]\nuuid = "x"', "domain.uuid: a UUID is wanted, not 'x'"],
    ['[[domain]]\nname = "x"\nmanaged = "no"', 'domain.managed: true or false is wanted, not "no"'],
    ['[[domain]]\nname = "x"\ncpus = "^1"', 'domain.cpus: the list names no CPU'],
    [
      '[[domain]]\nname = "x"\npriority = 1001',
      "domain.priority: a whole number from -1000 to 1000 is wanted, not '1001'",
    ],
    [
      'connection = 1',
      'connection: settings for a connection are a table below a line such as [connection.lab]',
    ],
    ['connection.lab = 1', 'connection.lab: settings are a table below a line such as [connection.lab]'],
    ['[connection.lab]', 'connection.lab: uri = "a connection URI" is missing'],
    ['[connection.lab]\nuri = 1', 'connection.lab.uri: uri = "a connection URI" is missing'],
    ['[connection."a:b"]\nconnect = "c:d"', 'connection.a:b.connect: it belongs at the top of the file'],
    [
      '[connection."a:b"]\nhigh = 70',
      'low 70, target 80 and high 70 are out of order: low <= target <= high is wanted',
    ],
  ])('%s', (toml, message) => {
    const last = toml.split('\n').length + 1;
    const { faults } = parsed('# a comment', toml);
    expect(faults).toEqual([`c.toml:${last}: ${message}`]);
  });

  test('all of them, by line', () => {
    const lines = ['[connection.lab]', 'colour = 1', 'uri = "a:b"', '[[domain]]', 'name = "x"', 'cpu = 1'];
    expect(parsed('hihg = 1', 'low = 0', ...lines).faults).toEqual([
      'c.toml:1: hihg: there is no such key; did you mean high?',
      "c.toml:2: low: a number above 0, at most 100 is wanted, not '0'",
      'c.toml:4: connection.lab.colour: there is no such key; did you mean color?',
      'c.toml:8: domain.cpu: there is no such key; did you mean cpus?',
    ]);
  });

  test.each([
    ['high = ', 'c.toml:1: Invalid TOML document: '],
    ['a = 1\na = 2', 'c.toml:2: Invalid TOML document: '],
  ])('%j is no TOML', (toml, message) => {
    expect(() => parsed(toml)).toThrow(
      expect.objectContaining({ status: 65, message: expect.stringContaining(message) }),
    );
  });
});
