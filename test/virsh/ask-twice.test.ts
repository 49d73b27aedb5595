import { describe, expect, test } from 'vitest';
import { askTwice } from '../../src/virsh/ask-twice.ts';
import type { Virsh, VirshOutput } from '../../src/virsh/runner.ts';

type Call = {
  readonly say: (text: string) => void;
  readonly end: (stdout: string) => void;
  readonly fail: (message: string) => void;
  readonly isEnded: () => boolean;
};

/** A virsh whose processes do what the test says, and one timer that it lets fire. */
function setUp() {
  const calls: Call[] = [];
  let fire: (() => void) | undefined;
  const virsh: Virsh = (_, signal, onOutput) =>
    new Promise<VirshOutput>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      calls.push({
        say: (text) => onOutput?.('stderr', text, 0),
        end: (stdout) => resolve({ stdout, stderr: '', exitCode: 0, firstStderrAtMs: 0 }),
        fail: (message) => reject(new Error(message)),
        isEnded: () => signal?.aborted === true,
      });
    });
  const asking = askTwice(virsh, virsh, (_, call) => {
    fire = call;
    return () => {
      fire = undefined;
    };
  });
  return { asking, calls, passTime: () => fire?.() };
}

describe('a virsh that begins to answer', () => {
  test('is asked once, however long the rest takes', async () => {
    const { asking, calls, passTime } = setUp();
    const answer = asking(['batch']);
    calls[0]?.say('error: 12345678.0\n');
    passTime();
    calls[0]?.end('all');
    expect(await answer).toMatchObject({ stdout: 'all' });
    expect(calls).toHaveLength(1);
  });

  test('text that is no mark is no answer', async () => {
    const { asking, calls, passTime } = setUp();
    const answer = asking(['batch']);
    calls[0]?.say('a debug line\n');
    passTime();
    calls[1]?.end('the second');
    expect(await answer).toMatchObject({ stdout: 'the second' });
    expect(calls.map(({ isEnded }) => isEnded())).toEqual([true, true]);
  });
});

describe('one that does not', () => {
  test('may still be the first to end', async () => {
    const { asking, calls, passTime } = setUp();
    const answer = asking(['batch']);
    passTime();
    calls[0]?.end('the first');
    expect(await answer).toMatchObject({ stdout: 'the first' });
    expect(calls[1]?.isEnded()).toBe(true);
  });

  test('fails as the first one does; that the second one fails says nothing', async () => {
    const { asking, calls, passTime } = setUp();
    const answer = asking(['batch']);
    passTime();
    calls[1]?.fail('no second');
    calls[0]?.fail('no answer');
    await expect(answer).rejects.toThrow('no answer');
  });

  test('is ended with the second one by a signal', async () => {
    const { asking, calls, passTime } = setUp();
    const stop = new AbortController();
    const answer = asking(['batch'], stop.signal);
    passTime();
    stop.abort(new Error('stopped'));
    await expect(answer).rejects.toThrow('stopped');
    expect(calls.map(({ isEnded }) => isEnded())).toEqual([true, true]);
  });
});
