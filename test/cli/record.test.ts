import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { type RecordedLine, readRecording } from '../../src/state/read-recording.ts';
import { executable, temporaryDirectory } from '../support/executable.ts';
import { domains, program, type Sim, sim, until, virshSim } from '../support/sim.ts';

const host = () => sim(`pcpus = 2\n${domains(4, 40, 0)}`);

async function read(file: string): Promise<readonly RecordedLine[]> {
  const lines: RecordedLine[] = [];
  for await (const line of readRecording(file)) lines.push(line);
  return lines;
}
const kinds = async (file: string) => (await read(file)).map(({ kind }) => kind);
const newPath = (name = 'recording.ndjson') => join(temporaryDirectory(), name);

const samplesIn = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').split('"atMs"').length - 1 : 0;

test.concurrent('one read-only virsh process a sample, and what the host did', async () => {
  const simulated = await host();
  const file = newPath();
  const recording = simulated.start(['record', file, '--every', '0.6']);
  await until(() => samplesIn(file) >= 3);
  recording.kill();
  expect(await recording).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  const lines = await read(file);
  const calls = simulated.calls();
  // On a slow machine the signal may have broken off another sample.
  expect([lines.length, lines.length + 1]).toContain(calls.length);
  expect(calls.map((call) => call.slice(0, 3))).toEqual(calls.map(() => ['-r', '-c', simulated.uri]));
  const [first, last] = [lines[0], lines.at(-1)];
  if (first?.kind !== 'sample' || last?.kind !== 'sample')
    return expect.fail('there are other lines than samples');
  const [before, after] = [first.snapshot, last.snapshot].map(({ pcpuTimes, domains: all }) => ({
    pcpuNs: Number(pcpuTimes.get(0)?.totalNs),
    ranNs: all.reduce((sum, { vcpus }) => sum + Number(vcpus[0]?.counters?.cpuTimeNs), 0),
  }));
  // Four that want 40 % share one pCPU: together they have all of it, by its own clock, which is told in ticks of 10 ms.
  const ranNs = (after?.ranNs ?? 0) - (before?.ranNs ?? 0);
  const pcpuNs = (after?.pcpuNs ?? 0) - (before?.pcpuNs ?? 0);
  expect(ranNs / pcpuNs).toBeGreaterThan(0.9);
  expect(ranNs / pcpuNs).toBeLessThan(1.1);
  expect(last.snapshot).toMatchObject({
    online: [0, 1],
    domains: Array(4).fill({ vcpus: [{ placement: { affinity: [0], lastPcpu: 0 } }] }),
  });
});

describe.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('ends it with status 0 and a whole file', async () => {
    const file = newPath();
    const recording = (await host()).start(['record', file, '--every', '0.3']);
    await until(() => samplesIn(file) >= 2);
    recording.kill(signal);
    expect(await recording).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(new Set(await kinds(file))).toEqual(new Set(['sample']));
  });
});

test.concurrent('killed, it is continued, gzipped', async () => {
  const simulated = await host();
  const file = newPath('recording.gz');
  const recording = simulated.start(['record', file, '--every', '0.2']);
  await until(() => simulated.calls().length > 3);
  recording.kill('SIGKILL');
  await recording;
  const before = (await kinds(file)).length;
  expect(before).toBeGreaterThan(1);
  writeFileSync(file, readFileSync(file).subarray(0, -1));
  const again = await simulated.vcpusched(['record', file, '--every', '0.2', '--for', '0.1']);
  expect(again).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await kinds(file)).toEqual([...Array(before - 1).fill('sample'), 'gap', 'sample']);
  expect(gunzipSync(readFileSync(file)).toString()).toMatch(/^\{"format":"vcpusched-recording",/);
});

test.concurrent('a libvirt that cannot be reached for a while leaves a gap', async () => {
  const simulated = await host();
  const file = newPath();
  const recording = simulated.start(['record', file, '--every', '0.3']);
  await until(() => samplesIn(file) >= 1);
  simulated.fault('unreachable');
  await until(() => readFileSync(file, 'utf8').includes('"gap"'));
  simulated.fault('');
  await until(() => samplesIn(file) >= 3);
  recording.kill('SIGTERM');
  const { exitCode, stderr } = await recording;
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^(vcpusched: cannot reach libvirt: .+(\n|$))+$/);
  expect((await kinds(file)).join(' ')).toMatch(/^sample( sample)*( gap)+( sample)+$/);
});

describe.concurrent('what ends it, in one line', () => {
  async function failing(simulated: Sim, file: string) {
    const { status, stdout, stderr } = await simulated.vcpusched(['record', file, '--every', '0.1']);
    return { status, stdout, stderr: stderr.replaceAll(file, 'FILE') };
  }

  test('a file that is no recording', async () => {
    const file = newPath();
    writeFileSync(file, 'milk\neggs\n');
    expect(await failing(await host(), file)).toEqual({
      status: 65,
      stdout: '',
      stderr: 'vcpusched: FILE: is there and is no recording; name another file\n',
    });
    expect(readFileSync(file, 'utf8')).toBe('milk\neggs\n');
  });

  test('a directory that is not there', async () => {
    expect(await failing(await host(), newPath('none/recording'))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^vcpusched: FILE: cannot be written: ENOENT: .+\n$/),
    });
  });

  test('no virsh, and then there is no file either', async () => {
    const file = newPath();
    const { exitCode, stderr } = await execa(program, ['record', file, '--virsh', '/no/virsh'], {
      reject: false,
    });
    expect([exitCode, stderr]).toEqual([69, expect.stringMatching(/^vcpusched: virsh not found .+$/)]);
    expect(existsSync(file)).toBe(false);
  });

  test('a disk that is full; what was recorded is whole', async () => {
    const { uri } = await host();
    const file = newPath();
    // A limit on the size of files stands in for the disk: the write that passes it is done in part, then fails.
    // virsh-sim writes its state down too, and is let off.
    const virsh = executable('ulimit -S -f unlimited', `exec ${process.execPath} ${virshSim} "$@"`);
    const words = [program, '-c', uri, '--virsh', virsh, 'record', file, '--every', '0.1'];
    const ended = await execa('sh', ['-c', 'ulimit -S -f 8; exec "$@"', 'sh', ...words], { reject: false });
    expect(ended).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `vcpusched: ${file}: cannot be written: EFBIG: file too large, write`,
    });
    expect((await kinds(file)).join(' ')).toMatch(/^sample( sample)+$/);
  });
});

test.concurrent('--max-size begins new files, which are a whole together', async () => {
  const file = newPath();
  const recording = (await host()).start(['record', file, '--every', '0.1', '--max-size', '2k']);
  await until(() => existsSync(`${file}.2`));
  recording.kill('SIGTERM');
  await recording;
  const all = [`${file}.2`, `${file}.1`, file].map((path) => readFileSync(path));
  expect(Math.max(...all.map(({ length }) => length))).toBeLessThanOrEqual(2048);
  const joined = newPath();
  writeFileSync(joined, Buffer.concat(all));
  expect(new Set(await kinds(joined))).toEqual(new Set(['sample']));
});
