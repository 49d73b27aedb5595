import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runBatch } from '../../src/virsh/batch.ts';
import type { Command } from '../../src/virsh/command.ts';
import { Doubtful } from '../../src/virsh/failures.ts';
import { openVirsh } from '../../src/virsh/open-virsh.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import type { VirshOptions } from '../../src/virsh/virsh-options.ts';
import { executable } from '../support/executable.ts';

const nowMs = () => performance.now();

/** One that is kept open, after the call that it leaves to others; `pids` are the processes that were started. */
function open(path: string, over: Partial<VirshOptions> = {}) {
  let started = 0;
  const options = { path, uri: undefined, readonly: false, timeoutMs: 20_000, ...over };
  const opened = openVirsh(options, nowMs, () => {
    started++;
  });
  onTestFinished(opened.close);
  const first = opened.ask(['']).catch(() => undefined);
  const ask: Virsh = async (...args) => {
    await first;
    return opened.ask(...args);
  };
  const pids = () =>
    readFileSync(join(dirname(path), 'pids'), 'utf8')
      .trim()
      .split('\n')
      .map(Number);
  return { ...opened, ask, started: () => started, pids };
}

/** Whether a process has this path among its words. */
function isRunning(path: string): boolean {
  return readdirSync('/proc').some((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(path);
    } catch {
      return false;
    }
  });
}

/** A virsh that reads lines; functions of the shell are commands that it knows. */
function lineReader(...functions: readonly string[]): string {
  return executable(...functions, `. '${join(import.meta.dirname, '../support/line-reader.sh')}'`);
}

const command = (...words: readonly string[]): Command<string> => ({ words, parse: (text) => text });

describe('what it says', () => {
  test('is what a batch says, from one process for all', async () => {
    const { ask, started, pids } = open(
      lineReader('list() { echo "rows of $1"; }', 'fail() { echo "error: no" >&2; }'),
    );
    const batch = [command('list', 'a'), command('fail'), command('list', 'b')] as const;
    for (let i = 0; i < 3; i++) {
      const { outcomes, firstEndedAtMs } = await runBatch(ask, batch);
      expect(outcomes).toEqual([
        { ok: true, value: 'rows of a\n\n' },
        { ok: false, error: 'no' },
        { ok: true, value: expect.stringMatching(/^\n*rows of b\n\n$/) },
      ]);
      expect(firstEndedAtMs).toBeLessThanOrEqual(nowMs());
    }
    expect(started()).toBe(1);
    expect(pids()).toHaveLength(1);
  });

  test('text of a domain that looks like marks is no mark', async () => {
    const { ask } = open(lineReader("list() { printf 'a\\n1.\\nb\\n00000000.1\\nc\\n'; }"));
    const { outcomes } = await runBatch(ask, [command('list')]);
    expect(outcomes).toEqual([{ ok: true, value: 'a\n1.\nb\n00000000.1\nc\n\n' }]);
  });

  test('a megabyte, with letters that a piece may cut', async () => {
    const { ask } = open(lineReader('list() { yes "über" | head -n 200000; }'));
    const { outcomes } = await runBatch(ask, [command('list')]);
    expect(outcomes).toEqual([{ ok: true, value: `${'über\n'.repeat(200_000)}\n` }]);
  });
});

describe('one that gives reason for doubt is not asked again', () => {
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };

  test.each([
    ['it does not understand the line', 'unknown'],
    ['it ends in the middle of an answer', 'list() { echo half; exit 0; }'],
    ['it closes its output', 'list() { exec >&- 2>&-; exit 0; }'],
    [
      'its connection was lost',
      'list() { echo "error: Disconnected from qemu:///system due to end of file" >&2; }',
    ],
    ['it has connected anew', 'list() { echo "error: Reconnected to the hypervisor" >&2; }'],
  ])('%s', async (_, list) => {
    const isUnknown = list === 'unknown';
    const { ask, pids, started } = open(lineReader(...(isUnknown ? [] : [list])));
    await expect(runBatch(ask, [command(isUnknown ? list : 'list')])).rejects.toThrow(Doubtful);
    await expect.poll(() => isGone(pids()[0] ?? 0)).toBe(true);
    // The next call is refused without a try, the one after it is another try.
    await expect(runBatch(ask, [command('echo', 'x')])).rejects.toThrow(Doubtful);
    expect(started()).toBe(1);
    expect(await runBatch(ask, [command('echo', 'x')])).toMatchObject({ outcomes: [{ ok: true }] });
    expect(started()).toBe(2);
  });

  test('after each failure in a row it is tried less often', async () => {
    const { ask, started } = open(lineReader('list() { exit 0; }'));
    const tries: number[] = [];
    for (let call = 0; call < 40; call++) {
      const before = started();
      await expect(runBatch(ask, [command('list')])).rejects.toThrow(Doubtful);
      if (started() > before) tries.push(call);
    }
    expect(tries).toEqual([0, 2, 5, 10, 19, 36]);
  });

  test.each([
    ['later', 'late() { (until [ -e "$0.go" ]; do sleep 0.01; done; echo "error: Disconnected" >&2) & }'],
    ['right behind an answer', "more='error: Disconnected\n'"],
  ])('it says something that nobody has asked for, %s', async (_, more) => {
    const path = lineReader('late() { :; }', more);
    const { ask, started, pids } = open(path);
    await runBatch(ask, [command('late')]);
    writeFileSync(`${path}.go`, '');
    await expect.poll(() => isGone(pids()[0] ?? 0)).toBe(true);
    await expect(runBatch(ask, [command('echo', 'x')])).rejects.toThrow(Doubtful);
    expect(started()).toBe(1);
  });

  test('no answer until the deadline', async () => {
    const path = lineReader('list() { sleep 60; }');
    const { ask } = open(path, { timeoutMs: 100 });
    await expect(runBatch(ask, [command('list')])).rejects.toThrow('virsh did not answer within 0.1 s');
    // On a slow machine it may be ended before it notes its number.
    await expect.poll(() => isRunning(path)).toBe(false);
  });

  test('nor one that was broken off', async () => {
    const { ask, pids } = open(lineReader('list() { sleep 60; }'));
    const stop = new AbortController();
    const answer = runBatch(ask, [command('list')], stop.signal);
    await expect.poll(() => pids().length).toBe(1);
    stop.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await expect.poll(() => isGone(pids()[0] ?? 0)).toBe(true);
  });

  test('none that cannot be started, and none that reads nothing', async () => {
    await expect(runBatch(open('/nowhere/virsh').ask, [command('echo', 'x')])).rejects.toThrow(Doubtful);
    const { ask } = open(executable('exit 0'));
    await expect(runBatch(ask, [command('echo', 'x')])).rejects.toThrow(Doubtful);
  });

  test('when it is closed it ends, with all that it has started', async () => {
    const { ask, close, pids } = open(lineReader());
    await runBatch(ask, [command('echo', 'x')]);
    close();
    await expect.poll(() => isGone(pids()[0] ?? 0)).toBe(true);
  });
});

test('the first call is left to another, so that it starts no daemon of the user in its own environment', async () => {
  let started = 0;
  const options = { path: lineReader(), uri: undefined, readonly: false, timeoutMs: 20_000 };
  const { ask, close } = openVirsh(options, nowMs, () => {
    started++;
  });
  onTestFinished(close);
  await expect(runBatch(ask, [command('echo', 'x')])).rejects.toThrow(Doubtful);
  expect(started).toBe(0);
  await expect(runBatch(ask, [command('echo', 'x')])).resolves.toMatchObject({ outcomes: [{ ok: true }] });
});

test('keeps no history of what it is asked, and leaves that of the user', async () => {
  const { ask } = open(
    lineReader('list() { env | grep -E "^(LC_ALL|INPUTRC|VIRSH_HISTSIZE|XDG_CACHE_HOME)="; }'),
  );
  const { outcomes } = await runBatch(ask, [command('list')]);
  expect(outcomes[0]).toMatchObject({ ok: true });
  expect(outcomes[0].ok && outcomes[0].value.trim().split('\n').toSorted()).toEqual([
    'INPUTRC=/dev/null',
    'LC_ALL=C',
    'VIRSH_HISTSIZE=0',
    'XDG_CACHE_HOME=/dev/null',
  ]);
});

test('only batches are asked', async () => {
  const { ask, started } = open(lineReader());
  await expect(ask(['version', '--daemon'])).rejects.toThrow(Doubtful);
  expect(started()).toBe(0);
});
