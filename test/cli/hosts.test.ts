import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, type Sim, sim, told, vcpusched, virshSim } from '../support/sim.ts';

const crowded = () => sim(`pcpus = 2\n${domains(4, 40, 0)}`);
const isBalanced = async (host: Sim) =>
  (await host.affinities()).filter((line) => line.endsWith(' 1')).length === 2;

/** Three hosts, of which one hangs and one refuses, in a configuration; the third is well. */
async function three() {
  const [well, hanging] = [await crowded(), await crowded()];
  hanging.fault('hang');
  const refusing = 'sim:///nonexistent/host';
  const folder = temporaryDirectory();
  const config = join(folder, 'config.toml');
  const section = (name: string, uri: string, more = '') => `[connection.${name}]\nuri = "${uri}"\n${more}`;
  writeFileSync(
    config,
    `virsh = "${virshSim}"\ntimeout = "10m"\n${section('well', well.uri)}${section('hangs', hanging.uri, 'timeout = 0.7\n')}${section('refuses', refusing)}`,
  );
  const env = { VCPUSCHED_CONFIG: config, VCPUSCHED_STATE_DIR: join(folder, 'state') };
  return { well, hanging, folder, run: (...args: readonly string[]) => vcpusched(args, env) };
}

describe.concurrent('several hosts', () => {
  test('each has a section, one that hangs or refuses is told by its name, and the whole fails', async () => {
    const { run } = await three();
    const { status, stdout, stderr } = await run('status', '--host', 'all', '--window', '0.3');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^well:\npCPU .+\n {3}0 /);
    expect(stdout).not.toMatch(/^(hangs|refuses):/m);
    expect(stderr.trim().split('\n').toSorted()).toEqual([
      expect.stringMatching(/^vcpusched: hangs: .+ within 0\.7 s/),
      expect.stringMatching(/^vcpusched: refuses: cannot reach libvirt: /),
    ]);
  });

  test('once balances the third while the first still hangs', async () => {
    const { well, hanging } = await three();
    const others = ['-c', 'sim:///nonexistent/host', '-c', hanging.uri];
    const once = well.start(['once', ...others, '--window', '0.3', '--timeout', '600']);
    await told(once.stdout, 'pinned 2 vCPUs');
    expect([await isBalanced(well), once.exitCode]).toEqual([true, null]);
    once.kill();
    expect((await once).exitCode).toBe(143);
  });

  test('--json is one list, with what failed', async () => {
    const { run } = await three();
    const { stdout } = await run('plan', '--host', 'well', '-c', 'refuses', '--json', '--window', '0.3');
    const all = JSON.parse(stdout) as Record<string, unknown>[];
    expect(all.toSorted((a, b) => Number('status' in a) - Number('status' in b))).toMatchObject([
      { command: 'plan', moves: [{}, {}] },
      { connection: 'refuses', status: 69, error: expect.stringContaining('cannot reach libvirt') },
    ]);
  });

  test('watch has the name in each line, and a signal ends all', async () => {
    const [one, other] = [await crowded(), await crowded()];
    const watch = one.start(['watch', '0.4', '-c', other.uri]);
    await Promise.all([one, other].map(({ uri }) => told(watch.stderr, `${uri}: cycle 1: pinned`)));
    watch.kill();
    const { exitCode, stderr } = await watch;
    expect(exitCode).toBe(0);
    for (const line of stderr.split('\n')) expect(line).toMatch(/^sim:\/\/\S+: /);
    expect(await isBalanced(one)).toBe(true);
  });

  test('record writes a file for each', async () => {
    const { run, folder } = await three();
    const file = join(folder, '%h.ndjson');
    const ended = await run('record', file, '--host', 'well', '--for', '0.3s', '--every', '0.2s');
    expect(ended.status).toBe(0);
    const { status } = await run(
      'record',
      file,
      '--host',
      'well',
      '-c',
      'refuses',
      '--for',
      '0.3s',
      '--every',
      '0.2s',
    );
    expect(status).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).toEqual([
      '%h.ndjson',
      'well.ndjson',
    ]);
  });

  test.each([
    [['explain', 'x', '-c', 'a', '-c', 'b'], "'explain' takes one connection: once, watch, plan"],
    [['plan', '--host', 'wel'], 'has no such connection; did you mean well?'],
    [['record', 'x', '-c', 'a', '-c', 'b'], "'record' needs %h in the name of the file"],
    [['once', '-c', 'a', '-c', 'b', '--metrics-file', 'x'], '--metrics-file needs %h'],
    [['watch', '5', '-c', 'a', '-c', 'b', '--metrics-listen', '127.0.0.1:0'], '--metrics-listen serves one'],
  ])('%j makes no sense', async (args, message) => {
    const { run } = await three();
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(message);
  });
});
