import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, sim, vcpusched } from '../support/sim.ts';

function written(...lines: readonly string[]): string {
  const file = join(temporaryDirectory(), 'c.toml');
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe.concurrent('config check', () => {
  test('no fault', async () => {
    const file = written('high = 95');
    expect(await vcpusched(['config', 'check', file])).toEqual({
      status: 0,
      stdout: `${file}: no fault found\n`,
      stderr: '',
    });
  });

  test('every fault, a line each: 65', async () => {
    const file = written('hihg = 95', 'low = 0', '[[domain]]');
    expect(await vcpusched(['config', 'check', file])).toEqual({
      status: 65,
      stdout:
        `${file}:1: hihg: there is no such key; did you mean high?\n` +
        `${file}:2: low: a number above 0, at most 100 is wanted, not '0'\n` +
        `${file}:3: domain: which one? name = "a glob" or uuid = "…" is missing\n`,
      stderr: '',
    });
  });

  test('no TOML', async () => {
    const file = written('high = 90', 'a = [');
    const { status, stdout } = await vcpusched(['config', 'check', '--config', file]);
    expect([status, stdout]).toEqual([
      65,
      expect.stringMatching(/^.*c\.toml:2: Invalid TOML document: .*\n$/),
    ]);
  });

  test('as JSON', async () => {
    const file = written('a = 1');
    const { status, stdout } = await vcpusched(['config', 'check', file, '--json']);
    expect([status, JSON.parse(stdout)]).toEqual([
      65,
      {
        formatVersion: 1,
        command: 'config',
        time: expect.stringMatching(/^\d{4}-/),
        file,
        faults: [`${file}:1: a: there is no such key`],
      },
    ]);
  });

  test('a terminal is told no escapes of a file', async () => {
    const { stdout } = await vcpusched(['config', 'check', written('"\\u001b[31m" = 1')]);
    expect(stdout).toContain('\\u{1b}[31m: there is no such key');
  });

  test('no file', async () => {
    const env = { VCPUSCHED_CONFIG: '', XDG_CONFIG_HOME: temporaryDirectory() };
    const { status, stdout } = await vcpusched(['config', 'check'], env);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^no configuration file: \/.* (is|are) not there\n$/),
    ]);
  });

  test('a file that is named and is not there', async () => {
    const { status, stderr } = await vcpusched(['config', 'check', '/nonexistent.toml']);
    expect([status, stderr]).toEqual([
      65,
      'vcpusched: /nonexistent.toml: the configuration cannot be read: no such file or directory\n',
    ]);
  });
});

describe.concurrent('config show', () => {
  const lines = [
    'max-moves = 4',
    '[[domain]]',
    'name = "db"',
    'cpus = "2-3"',
    '[connection.lab]',
    'uri = "a:b"',
  ];

  test('each setting with where it came from, rules and connections', async () => {
    const file = written(...lines);
    const env = { VCPUSCHED_WINDOW: '3' };
    const { status, stdout, stderr } = await vcpusched(['config', 'show', file, '--gap', '7'], env);
    const row = (text: string) => new RegExp(`^${text.replaceAll(' ', ' +')}$`, 'm');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(row(`max-moves 4 ${file}:1`));
    expect(stdout).toMatch(row('window 3 VCPUSCHED_WINDOW'));
    expect(stdout).toMatch(row('gap 7 command line'));
    expect(stdout).toMatch(row('high 90 default'));
    expect(stdout).toMatch(row(`db - 2-3 - - ${file}:2`));
    expect(stdout).toContain('[connection.lab] (a:b): not used\n');
  });

  test('as JSON', async () => {
    const file = written(...lines);
    const args = ['config', 'show', file, '-c', 'lab', '--quiet', '--json'];
    const shown = JSON.parse((await vcpusched(args)).stdout);
    const none = { file: null, line: null, variable: null };
    expect(shown).toMatchObject({
      command: 'config',
      connection: 'a:b',
      file,
      rules: [{ name: 'db', uuid: null, managed: null, cpus: '2-3', priority: null, where: `${file}:2` }],
      connections: [{ name: 'lab', uri: 'a:b', used: true }],
    });
    expect(shown.settings).toEqual(
      expect.arrayContaining([
        { name: 'max-moves', value: 4, source: 'file', file, line: 1, variable: null },
        { name: 'high', value: 90, source: 'default', ...none },
        { name: 'quiet', value: true, source: 'flag', ...none },
        { name: 'exclude', value: [], source: 'default', ...none },
        { name: 'every', value: '5s', source: 'default', ...none },
        { name: 'timeout', value: 40, source: 'default', ...none },
        { name: 'cpus', value: null, source: 'default', ...none },
      ]),
    );
  });
});

describe.concurrent('what the configuration does', () => {
  const eight = () => sim(`pcpus = 4\n${domains(8, 30, 0)}`);
  const planned = async (lines: readonly string[], args: readonly string[] = [], env = {}) => {
    const host = await eight();
    const words = ['plan', '--json', '--window', '0.5', '--config', written(...lines), ...args];
    const ended = await host.vcpusched(words, env);
    if (ended.status !== 0) throw new Error(ended.stderr);
    const { moves, leftAlone } = JSON.parse(ended.stdout) as {
      moves: { domain: { name: string }; to: string }[];
      leftAlone: { domain: { name: string }; reason: string }[];
    };
    return {
      moves: moves.map(({ domain, to }) => `${domain.name} ${to}`).toSorted(),
      leftAlone: leftAlone.map(({ domain, reason }) => `${domain.name}: ${reason.replace(/\/.*\//, '')}`),
      stderr: ended.stderr,
    };
  };

  test('settings of the file count, a flag comes first', async () => {
    expect((await planned(['max-moves = 2'])).moves).toHaveLength(2);
    expect((await planned(['max-moves = 2'], ['--max-moves', '1'])).moves).toHaveLength(1);
  });

  test('managed = false leaves a domain alone, and says why', async () => {
    const rules = [
      '[[domain]]',
      'name = "guest-*"',
      'managed = false',
      '[[domain]]',
      'name = "guest-[12]"',
      'managed = true',
    ];
    const { moves, leftAlone } = await planned(rules);
    expect(moves.map((move) => move.split(' ')[0])).toEqual(expect.arrayContaining(['guest-1', 'guest-2']));
    expect(moves).toHaveLength(2);
    expect(leftAlone).toHaveLength(6);
    expect(leftAlone).toContain('guest-3: the configuration says managed = false (c.toml:1)');
  });

  test('cpus is where a domain may go, and nowhere else', async () => {
    const { moves, leftAlone } = await planned([
      '[[domain]]',
      'name = "guest-*"',
      'cpus = "3"',
      '[[domain]]',
      'name = "guest-8"',
      'cpus = "9"',
    ]);
    expect(moves).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `guest-${n} 3`));
    expect(leftAlone).toContainEqual(expect.stringMatching(/^guest-8: .*9.*c\.toml:4/));
  });

  test('a variable that sets nothing is told, and with --quiet is not', async () => {
    const env = { VCPUSCHED_MAXMOVES: '1' };
    const told =
      'vcpusched: VCPUSCHED_MAXMOVES sets nothing and is ignored; did you mean VCPUSCHED_MAX_MOVES?\n';
    expect((await planned([], [], env)).stderr).toBe(told);
    expect((await planned([], ['--quiet'], env)).stderr).toBe('');
  });

  test('a pCPU of the file that is not online, and a policy that there is not: 65, with the line', async () => {
    const host = await eight();
    const run = (file: string) => host.vcpusched(['once', '--window', '0.2', '--config', file]);
    const [cpus, policy] = [written('cpus = "3-4"'), written('', 'policy = "x"')];
    expect(await run(cpus)).toMatchObject({
      status: 65,
      stderr: `vcpusched: ${cpus}:1: cpus: pCPU 4 is not online; online are 0-3\n`,
    });
    const { status, stderr } = await run(policy);
    expect([status, stderr]).toEqual([
      65,
      expect.stringContaining(`${policy}:2: policy: there is no 'x', but `),
    ]);
  });

  test('a fault ends every command before virsh is run', async () => {
    const host = await eight();
    const file = written('hihg = 1');
    for (const command of ['once', 'plan', 'status']) {
      expect(await host.vcpusched([command, '--config', file])).toEqual({
        status: 65,
        stdout: '',
        stderr: `vcpusched: ${file}:1: hihg: there is no such key; did you mean high?\n`,
      });
    }
    expect(host.calls()).toEqual([]);
  });
});
