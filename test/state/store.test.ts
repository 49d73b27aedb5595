import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionFolder } from '../../src/state/connection.ts';
import { openStore, readState } from '../../src/state/store.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { saved, stateOf } from './support.ts';

const uri = 'qemu:///system';
const never = async () => false;
const placeIn = (stateDir: string, over: { uri?: string; boot?: string | undefined } = {}) => ({
  stateDir,
  uri,
  boot: 'this-boot',
  nowMs: 5000,
  ...over,
});
const folderIn = (stateDir: string) => join(stateDir, connectionFolder(uri));
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isRoot = process.geteuid?.() === 0;

async function kept(stateDir: string) {
  const store = await openStore(placeIn(stateDir), 'watch', never);
  await store.save(stateOf(saved(1)));
  await store.close();
}

describe('what is kept', () => {
  test('is there for the next one, for the owner alone, with nothing else beside it', async () => {
    const stateDir = join(temporaryDirectory(), 'a/b');
    await kept(stateDir);
    const store = await openStore(placeIn(stateDir, { uri: 'qemu+unix:///system' }), 'once', never);
    expect(store.state().vcpus).toEqual([saved(1)]);
    await store.close();
    expect((await readState(placeIn(stateDir))).state.vcpus).toEqual([saved(1)]);
    expect(readdirSync(folderIn(stateDir))).toEqual(['lock', 'state.json']);
    expect([stateDir, folderIn(stateDir)].map(modeOf)).toEqual(['700', '700']);
    expect(['lock', 'state.json'].map((name) => modeOf(join(folderIn(stateDir), name)))).toEqual([
      '600',
      '600',
    ]);
  });

  test('is for this connection', async () => {
    const stateDir = temporaryDirectory();
    await kept(stateDir);
    expect(await readState(placeIn(stateDir, { uri: 'qemu:///session' }))).toMatchObject({
      state: { vcpus: [] },
    });
  });

  test('is of starts that are over when the host has booted; a remote host does not tell', async () => {
    const stateDir = temporaryDirectory();
    const move = { key: 'x/0', atMs: 5, from: [0], to: [1] };
    const store = await openStore(placeIn(stateDir), 'watch', never);
    await store.save({ ...stateOf(saved(1)), moves: [move] });
    await store.close();
    expect((await readState(placeIn(stateDir, { boot: 'another' }))).state).toEqual({
      boot: 'another',
      vcpus: [saved(1, { goneAtMs: 5000 })],
      moves: [move],
    });
    const remote = { uri: 'qemu+ssh://host/system' };
    const far = await openStore(placeIn(stateDir, remote), 'watch', never);
    await far.save({ ...far.state(), vcpus: [saved(2)] });
    await far.close();
    const later = await readState(placeIn(stateDir, { ...remote, boot: 'another' }));
    expect(later.state.vcpus).toEqual([saved(2)]);
  });

  test('looking makes nothing', async () => {
    const stateDir = join(temporaryDirectory(), 'none');
    expect(await readState(placeIn(stateDir))).toMatchObject({ state: { vcpus: [] } });
    expect(() => statSync(stateDir)).toThrow('ENOENT');
  });

  test('a folder that others may read is closed to them', async () => {
    const stateDir = temporaryDirectory();
    mkdirSync(folderIn(stateDir), { mode: 0o755 });
    await kept(stateDir);
    expect(modeOf(folderIn(stateDir))).toBe('700');
  });

  test('what a killed one was writing is in nobody way', async () => {
    const stateDir = temporaryDirectory();
    await kept(stateDir);
    writeFileSync(join(folderIn(stateDir), 'state.json.new'), '{"format":"vcpu');
    await kept(stateDir);
    expect(readdirSync(folderIn(stateDir))).toEqual(['lock', 'state.json']);
  });
});

describe('what cannot be kept: one line, the status, and the file as it was', () => {
  const opened = (stateDir: string) => openStore(placeIn(stateDir), 'once', never);

  test.each([
    ['damaged', '{"format":"vcpu', 'it is no JSON: replace it by a copy'],
    ['empty', '', 'it is empty: replace it by a copy'],
    [
      'of a newer format',
      '{"format":"vcpusched-state","formatVersion":9}',
      'format 9: a newer vcpusched has written it',
    ],
  ])('a state that is %s', async (_, text, message) => {
    const stateDir = temporaryDirectory();
    await kept(stateDir);
    const file = join(folderIn(stateDir), 'state.json');
    writeFileSync(file, text);
    for (const attempt of [() => opened(stateDir), () => readState(placeIn(stateDir))]) {
      await expect(attempt()).rejects.toMatchObject({
        status: 65,
        message: expect.stringContaining(message),
      });
    }
    expect(readFileSync(file, 'utf8')).toBe(text);
    const freed = { status: 65 };
    await expect(opened(stateDir), 'the lock has been let go').rejects.toMatchObject(freed);
  });

  test('a file where the folder should be', async () => {
    const stateDir = temporaryDirectory();
    writeFileSync(folderIn(stateDir), '');
    await expect(opened(stateDir)).rejects.toMatchObject({
      status: 1,
      message: expect.stringMatching(/not a folder/),
    });
    const below = join(folderIn(stateDir), 'x');
    await expect(opened(below)).rejects.toMatchObject({
      status: 1,
      message: expect.stringMatching(/not a folder/),
    });
  });

  test('a lock that leads elsewhere', async () => {
    const stateDir = temporaryDirectory();
    mkdirSync(folderIn(stateDir));
    symlinkSync('/dev/null', join(folderIn(stateDir), 'lock'));
    await expect(opened(stateDir)).rejects.toMatchObject({ status: 1 });
  });

  test("somebody else's folder", async () => {
    if (!isRoot) return;
    const stateDir = temporaryDirectory();
    mkdirSync(folderIn(stateDir));
    chownSync(folderIn(stateDir), 65_534, 65_534);
    await expect(opened(stateDir)).rejects.toMatchObject({
      status: 77,
      message: expect.stringMatching(/belongs to uid 65534, not to uid 0: .*--state-dir; nothing is pinned$/),
    });
  });

  test('no permission', async () => {
    if (isRoot) return;
    const stateDir = temporaryDirectory();
    chmodSync(stateDir, 0o500);
    await expect(opened(stateDir)).rejects.toMatchObject({
      status: 77,
      message: expect.stringContaining('permission denied'),
    });
  });
});

describe('the lock', () => {
  test('the second one is told who has it, and gets it when that one is done', async () => {
    const stateDir = temporaryDirectory();
    const first = await openStore(placeIn(stateDir), 'watch', never);
    const other = `pid ${process.ppid}, watch`;
    writeFileSync(join(folderIn(stateDir), 'lock'), `${process.ppid} watch\n`);
    await expect(
      openStore(placeIn(stateDir, { uri: 'qemu+unix:///system' }), 'once', never),
    ).rejects.toMatchObject({
      status: 75,
      message: `another vcpusched (${other}) balances qemu+unix:///system: end that one first`,
    });
    const apart = await openStore(placeIn(stateDir, { uri: 'qemu:///session' }), 'once', never);
    await apart.close();
    await first.close();
    const second = await openStore(placeIn(stateDir), 'once', never);
    await second.close();
  });

  test('who has not come to write down who it is has it all the same', async () => {
    const stateDir = temporaryDirectory();
    const first = await openStore(placeIn(stateDir), 'watch', never);
    writeFileSync(join(folderIn(stateDir), 'lock'), '');
    await expect(openStore(placeIn(stateDir), 'once', never)).rejects.toMatchObject({
      status: 75,
      message: 'another vcpusched balances qemu:///system: end that one first',
    });
    await first.close();
  });

  test('a holder of our own number was another process, in a container say: it is waited for', async () => {
    const stateDir = temporaryDirectory();
    const first = await openStore(placeIn(stateDir), 'watch', never);
    writeFileSync(join(folderIn(stateDir), 'lock'), `${process.pid} watch\n`);
    await expect(openStore(placeIn(stateDir), 'once', never)).rejects.toMatchObject({
      status: 75,
      message: expect.stringContaining(`a vcpusched (pid ${process.pid}, watch) was killed`),
    });
    await first.close();
  });

  test('where its holder was killed, what has inherited it is waited for; or until there is no more patience', async () => {
    const stateDir = temporaryDirectory();
    const first = await openStore(placeIn(stateDir), 'watch', never);
    const survivor = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore', first.lockFd] });
    await first.close();
    const dead = Number(execFileSync('sh', ['-c', 'echo $$']));
    writeFileSync(join(folderIn(stateDir), 'lock'), `${dead} watch\n`);
    await expect(openStore(placeIn(stateDir), 'once', never)).rejects.toMatchObject({
      status: 75,
      message: `a vcpusched (pid ${dead}, watch) was killed, and its virsh still pins on qemu:///system: wait for that, or end it`,
    });
    let waits = 0;
    const second = await openStore(placeIn(stateDir), 'once', async () => {
      if (++waits === 3) {
        survivor.stdin?.end();
        await new Promise((resolve) => survivor.once('exit', resolve));
      }
      return true;
    });
    expect(waits).toBe(3);
    await second.close();
  });
});
