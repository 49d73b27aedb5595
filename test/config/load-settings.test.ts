import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configFiles } from '../../src/config/config-file.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { RawSettings } from '../../src/config/settings.ts';
import { temporaryDirectory } from '../support/executable.ts';

/** A file with these lines, in a folder that goes with the test. */
function written(...lines: readonly string[]): string {
  const file = join(temporaryDirectory(), 'c.toml');
  writeFileSync(file, lines.join('\n'));
  return file;
}

const load = async (file: string, flags: RawSettings = {}, env: NodeJS.ProcessEnv = {}, isRoot = false) =>
  (await loadSettings({ config: file, ...flags }, env, isRoot)).settings;

describe('who has the word', () => {
  test('a flag over a variable over the connection over the file over the default', async () => {
    const file = written(
      'connect = "lab"',
      'timeout = 1',
      'max-moves = 1',
      'window = 1',
      'gap = 1',
      '[connection.lab]',
      'uri = "a:b"',
      'max-moves = 2',
      'window = 2',
      'gap = 2',
    );
    const env = { VCPUSCHED_WINDOW: '3', VCPUSCHED_GAP: '3' };
    const settings = await load(file, { gap: '4' }, env);
    expect(settings).toMatchObject({ connect: 'a:b', sigma: 5, timeout: 1, maxMoves: 2, window: 3, gap: 4 });
    expect(settings.configuration.sources).toEqual({
      config: { kind: 'flag' },
      connect: { kind: 'file', file, line: 1 },
      timeout: { kind: 'file', file, line: 2 },
      maxMoves: { kind: 'file', file, line: 8 },
      window: { kind: 'environment', variable: 'VCPUSCHED_WINDOW' },
      gap: { kind: 'flag' },
    });
  });

  test('a list is replaced as a whole', async () => {
    const file = written('exclude = ["a"]');
    expect((await load(file)).exclude).toEqual(['a']);
    expect((await load(file, { exclude: ['b'] })).exclude).toEqual(['b']);
  });

  test('a flag can be taken back', async () => {
    const file = written('quiet = true');
    expect((await load(file)).quiet).toBe(true);
    expect((await load(file, { quiet: false })).quiet).toBe(false);
    expect((await load(file, {}, { VCPUSCHED_QUIET: 'no' })).quiet).toBe(false);
  });

  test('--config over VCPUSCHED_CONFIG', async () => {
    const [mine, other] = [written('gap = 1'), written('gap = 2')];
    const env = { VCPUSCHED_CONFIG: other };
    expect((await loadSettings({}, env, false)).settings.gap).toBe(2);
    expect((await loadSettings({ config: mine }, env, false)).settings.gap).toBe(1);
  });
});

describe('which connection it is for', () => {
  const file = written(
    '[[domain]]',
    'name = "all"',
    '[connection.lab]',
    'uri = "qemu+ssh://lab/system"',
    'gap = 1',
    '[[connection.lab.domain]]',
    'name = "one"',
    '[connection."qemu:///system"]',
    'gap = 2',
    '[connection."qemu:///session"]',
    'gap = 3',
  );

  test.each<[string, RawSettings, NodeJS.ProcessEnv, boolean, number, string | undefined]>([
    ['by its name', { connect: 'lab' }, {}, false, 1, 'qemu+ssh://lab/system'],
    ['by its URI', { connect: 'qemu+ssh://lab/system' }, {}, false, 1, 'qemu+ssh://lab/system'],
    ['by a variable', {}, { VCPUSCHED_CONNECT: 'lab' }, false, 1, 'qemu+ssh://lab/system'],
    ['by one of libvirt', {}, { LIBVIRT_DEFAULT_URI: 'qemu+ssh://lab/system' }, false, 1, undefined],
    [
      'by that of virsh, which comes first',
      {},
      { VIRSH_DEFAULT_CONNECT_URI: 'qemu:///system', LIBVIRT_DEFAULT_URI: 'lab' },
      false,
      2,
      undefined,
    ],
    ['that of root', {}, {}, true, 2, undefined],
    ['that of others', {}, {}, false, 3, undefined],
    ['none of them', { connect: 'test:///default' }, {}, false, 10, 'test:///default'],
  ])('%s', async (_, flags, env, isRoot, gap, connect) => {
    const settings = await load(file, flags, env, isRoot);
    expect([settings.gap, settings.connect]).toEqual([gap, connect]);
  });

  test('its rules come after those of all', async () => {
    const { rules, sections } = (await load(file, { connect: 'lab' })).configuration;
    expect(rules.map(({ name }) => name)).toEqual(['all', 'one']);
    expect(sections.map(({ name, isUsed }) => [name, isUsed])).toEqual([
      ['lab', true],
      ['qemu:///system', false],
      ['qemu:///session', false],
    ]);
    expect((await load(file)).configuration.rules.map(({ name }) => name)).toEqual(['all']);
  });
});

describe('where the file is', () => {
  const system = '/etc/vcpusched/config.toml';

  test.each([
    [{ HOME: '/home/u', XDG_CONFIG_HOME: '/x' }, true, [system]],
    [{ HOME: '/home/u' }, false, ['/home/u/.config/vcpusched/config.toml', system]],
    [{ HOME: '/home/u', XDG_CONFIG_HOME: '/x' }, false, ['/x/vcpusched/config.toml', system]],
    [{ HOME: '/home/u', XDG_CONFIG_HOME: 'x' }, false, ['/home/u/.config/vcpusched/config.toml', system]],
    [{ HOME: '/home/u', XDG_CONFIG_HOME: '' }, false, ['/home/u/.config/vcpusched/config.toml', system]],
    [{}, false, [system]],
  ])('%j, as root: %j', (env, isRoot, files) => {
    expect(configFiles(env, isRoot)).toEqual(files);
  });

  test('the own one is read', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'vcpusched'));
    writeFileSync(join(folder, 'vcpusched/config.toml'), 'gap = 7');
    const { settings } = await loadSettings({}, { XDG_CONFIG_HOME: folder }, false);
    expect(settings).toMatchObject({
      gap: 7,
      configuration: { file: join(folder, 'vcpusched/config.toml') },
    });
  });

  test('that there is none is no fault', async () => {
    const { settings } = await loadSettings({}, { XDG_CONFIG_HOME: temporaryDirectory() }, false);
    expect(settings.configuration).toMatchObject({ file: undefined, rules: [], sections: [] });
  });
});

describe('what cannot be used', () => {
  const failing = (status: number, message: unknown) => expect.objectContaining({ status, message });

  test('a file that is named and is not there', async () => {
    const message = '/nonexistent/c.toml: the configuration cannot be read: no such file or directory';
    await expect(load('/nonexistent/c.toml')).rejects.toThrow(failing(65, message));
  });

  test('a folder', async () => {
    const folder = temporaryDirectory();
    const message = `${folder}: the configuration cannot be read: illegal operation on a directory`;
    await expect(load(folder)).rejects.toThrow(failing(65, message));
  });

  test('one that everybody may write, as root', async () => {
    const file = written('gap = 1');
    chmodSync(file, 0o646);
    expect((await load(file)).gap).toBe(1);
    const message = `${file}: everybody may write it, so root does not trust it: chmod o-w '${file}'`;
    await expect(load(file, {}, {}, true)).rejects.toThrow(failing(65, message));
    chmodSync(file, 0o664);
    expect((await load(file, {}, {}, true)).gap).toBe(1);
  });

  test('one with faults: the first, and how many more', async () => {
    const file = written('hihg = 1', 'lwo = 1', 'gap = 0');
    const more = " (and 2 more: 'vcpusched config check' reports all)";
    const message = `${file}:1: hihg: there is no such key; did you mean high?${more}`;
    await expect(load(file)).rejects.toThrow(failing(65, message));
  });

  test('one fault', async () => {
    const file = written('gap = 0');
    const message = `${file}:1: gap: a number of points above 0, at most 1000 is wanted, not '0'`;
    await expect(load(file)).rejects.toThrow(failing(65, message));
  });

  test.each<[NodeJS.ProcessEnv, string]>([
    [{ VCPUSCHED_MAX_MOVES: 'x' }, "VCPUSCHED_MAX_MOVES: a whole number above 0 is wanted, not 'x'"],
    [{ VCPUSCHED_CPUS: '3-1' }, "VCPUSCHED_CPUS: the range '3-1' runs backwards"],
    [{ VCPUSCHED_PLACE: 'x' }, "VCPUSCHED_PLACE: demand, spread, keep are the choices, not 'x'"],
  ])('%j', async (env, message) => {
    await expect(load(written(''), {}, env)).rejects.toThrow(failing(64, message));
  });

  test('thresholds that only together are out of order: each with where it came from', async () => {
    const file = written('low = 75');
    const message =
      `${file}:1: low 75, VCPUSCHED_TARGET 72 and --high 90 are out of order: ` +
      'low <= target <= high is wanted';
    await expect(load(file, {}, { VCPUSCHED_TARGET: '72' })).rejects.toThrow(failing(64, message));
  });
});
