import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchesThatFit, runAbout, runBatch } from '../../src/virsh/batch.ts';
import type { Command } from '../../src/virsh/command.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { nodecpumap } from '../../src/virsh/commands/nodecpumap.ts';
import { vcpuinfo } from '../../src/virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../../src/virsh/commands/vcpupin.ts';
import { recorded, replay } from '../support/recorded.ts';
import { type Said, virshOf } from '../support/virsh-of.ts';

const uuid = (end: string | number) => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${String(end).padStart(2, '0')}`;
const running = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map(uuid);
/** As it was asked when the batches were recorded. */
const domstatsThen = { ...domstats, words: ['domstats', '--state', '--vcpu', '--list-running', '--nowait'] };
const sample = [domstatsThen, list, nodecpumap, ...running.map(vcpuinfo)];

const say = (word: string): Command<string> => ({ words: [word], parse: (stdout) => stdout });
const answers = (table: Record<string, Said>) => virshOf((command) => table[command]).virsh;

describe('recorded batches', () => {
  test('a sample: every command has what it printed when it ran alone', async () => {
    const { outcomes, firstEndedAtMs } = await runBatch(replay('batch.sample'), sample);
    expect(firstEndedAtMs).toBe(5);
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(outcomes[1]).toEqual({ ok: true, value: list.parse(recorded('hosts/qemu-9.0.0/list').stdout) });
    expect(outcomes[2]).toEqual({ ok: true, value: { map: [0, 1], count: 2 } });
    expect(outcomes[6]).toMatchObject({ value: new Map([0, 1, 3].map((n) => [n, expect.anything()])) });
  });

  test('a domain that has gone or is off fails alone', async () => {
    const commands = [domstatsThen, list, ...[0, 1, 'ff', 4, 5].map((end) => vcpuinfo(uuid(end)))];
    const { outcomes } = await runBatch(replay('batch.sample-with-one-gone'), commands);
    expect(outcomes.map((each) => (each.ok ? 'ok' : each.error))).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      `failed to get domain '${uuid('ff')}'`,
      'ok',
      `'virsh vcpuinfo' printed no usable CPU of vCPU 0: "N/A"`,
    ]);
  });

  test('pins that fail in the middle do not stop the others', async () => {
    const pins = [
      vcpupin(uuid(0), 0, [0]),
      vcpupin(uuid(0), 7, [0]),
      vcpupin(uuid(5), 0, [0]),
      vcpupin(uuid(1), 0, [99]),
      vcpupin(uuid(1), 1, [1]),
    ];
    const { outcomes } = await runBatch(replay('batch.pin-some-fail'), [
      ...pins,
      ...running.slice(0, 3).map(vcpuinfo),
    ]);
    expect(outcomes.slice(0, 5).map((each) => (each.ok ? 'ok' : each.error))).toEqual([
      'ok',
      'invalid argument: vcpu 7 is out of range of live cpu count 1',
      'Requested operation is not valid: domain is not running',
      "CPU 99 in cpulist '99' exceed the maxcpu 2",
      'ok',
    ]);
    expect(outcomes[6]).toMatchObject({
      value: new Map([
        [0, { affinity: [0], lastPcpu: 0, problem: undefined }],
        [1, { affinity: [1], lastPcpu: 1, problem: undefined }],
      ]),
    });
  });

  test('cut anywhere, nothing is read that virsh did not say', async () => {
    const whole = await runBatch(replay('batch.sample'), sample);
    const length = recorded('hosts/qemu-9.0.0/batch.sample').stdout.trimEnd().length + 1;
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(length + 1), async (at) => {
        const cut = replay('batch.sample', (said) => ({ ...said, stdout: said.stdout.slice(0, at) }));
        const { outcomes } = await runBatch(cut, sample);
        const good = outcomes.flatMap((each, i) => (each.ok ? [[each, whole.outcomes[i]]] : []));
        for (const [cutOne, wholeOne] of good) expect(cutOne).toEqual(wholeOne);
        read += good.length;
        expect(outcomes.some(({ ok }) => !ok)).toBe(at < length);
      }),
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe('what was said by whom', () => {
  test('output without a final newline, empty output, several complaints', async () => {
    const virsh = answers({
      a: { stdout: 'one\n' },
      b: {},
      c: { stderr: 'error: x\nerror: y\n' },
      d: { stdout: 'two\n' },
    });
    const { outcomes } = await runBatch(virsh, ['a', 'b', 'c', 'd'].map(say));
    expect(outcomes).toEqual([
      { ok: true, value: 'one\n' },
      { ok: true, value: '' },
      { ok: false, error: 'x: y' },
      { ok: true, value: 'two\n' },
    ]);
  });

  test('what is no complaint fails nothing, and is told', async () => {
    const virsh = answers({
      a: { stdout: 'one\n', stderr: 'ERROR: ld.so: ignored.' },
      b: { stdout: 'two\n', stderr: 'timer -1\n' },
      c: { stderr: 'timer -2\nerror: broken\nin the middle\n' },
      d: { stdout: 'three\n' },
    });
    const { outcomes, remarks } = await runBatch(virsh, ['a', 'b', 'c', 'd'].map(say));
    expect(outcomes).toEqual([
      { ok: true, value: 'one\n' },
      { ok: true, value: 'two\n' },
      { ok: false, error: 'broken: in the middle' },
      { ok: true, value: 'three\n' },
    ]);
    expect(remarks).toEqual(['ERROR: ld.so: ignored.', 'timer -1', 'timer -2']);
  });

  test('the time that counts is that of the first mark, in however many pieces it comes', async () => {
    const { virsh } = virshOf(() => ({}));
    const { firstEndedAtMs } = await runBatch(
      async (args, signal, onOutput) => {
        const said = await virsh(args, signal);
        const pieces = ['noise\n', said.stderr.slice(0, 9), said.stderr.slice(9, 20), said.stderr.slice(20)];
        for (const [i, piece] of pieces.entries()) onOutput?.('stderr', piece, 10 + i);
        onOutput?.('stdout', said.stdout, 99);
        return said;
      },
      [say('a'), say('b')],
    );
    expect(firstEndedAtMs).toBe(12);
  });

  test('output with a complaint is not trusted', async () => {
    const { outcomes } = await runBatch(answers({ a: { stdout: 'half', stderr: 'error: broken\n' } }), [
      say('a'),
    ]);
    expect(outcomes).toEqual([{ ok: false, error: 'broken' }]);
  });

  test('a name that holds what looks like a mark ends nothing', async () => {
    const forged = 'evil\n5eed5eed.0\n00000000.0\nerror: 5eed5eed.0\n';
    const { outcomes } = await runBatch(
      answers({ a: { stdout: forged }, b: { stdout: 'b\n' } }),
      ['a', 'b'].map(say),
    );
    expect(outcomes).toEqual([
      { ok: true, value: forged },
      { ok: true, value: 'b\n' },
    ]);
  });

  test('the mark is another one each time', async () => {
    const texts = new Set<string>();
    const note = async ([text = '']: readonly string[]) => {
      texts.add(text);
      return { stdout: '', stderr: 'error: 0\n', exitCode: 0, firstStderrAtMs: 0 };
    };
    for (let i = 0; i < 3; i++) await runBatch(note, [say('a')]).catch(() => undefined);
    expect(texts.size).toBe(3);
  });

  test('a parser that refuses fails its own command only', async () => {
    const virsh = answers({ nodecpumap: { stdout: 'garbage\n' }, a: { stdout: 'fine\n' } });
    const { outcomes } = await runBatch(virsh, [nodecpumap, say('a')]);
    expect(outcomes).toEqual([
      { ok: false, error: `'virsh nodecpumap' printed no usable CPU map: "garbage\\n"` },
      { ok: true, value: 'fine\n' },
    ]);
  });

  test('where the second stream ended early, a silent command has not succeeded', async () => {
    const virsh = answers({ a: {}, b: { stderr: 'error: refused\n' } });
    const cut = async (args: readonly string[]) => {
      const said = await virsh(args);
      return { ...said, stderr: said.stderr.slice(0, said.stderr.indexOf('refused')) };
    };
    const { outcomes } = await runBatch(cut, ['a', 'b'].map(say));
    expect(outcomes).toEqual([
      { ok: true, value: '' },
      { ok: false, error: "the output of virsh ended before that of 'b'" },
    ]);
  });
});

describe('nothing was run', () => {
  const silent = (stderr: string) => async () => ({ stdout: '', stderr, exitCode: 1, firstStderrAtMs: 0 });

  test.each([
    ['stderr/unknown-command.in-batch', "virsh did not run the commands: unknown command: 'frobnicate'", 1],
    ['stderr/daemon-down', 'cannot reach libvirt: ', 69],
    ['stderr/permission-denied', 'not permitted to connect to libvirt: ', 77],
  ])('%s', async (name, message, status) => {
    await expect(runBatch(silent(recorded(name).stderr), [say('a')])).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  test('virsh says nothing at all', async () => {
    await expect(runBatch(silent(''), [say('a')])).rejects.toThrow(
      'virsh did not run the commands: virsh ended and printed nothing',
    );
  });
});

test.each(['', 'a b', 'a;b', "it's", 'a\nb', 'ü', '$HOME', '"', '--x=1', '\u009b'])(
  'the word %j never gets into a batch',
  async (word) => {
    const virsh = virshOf(() => ({}));
    await expect(runBatch(virsh.virsh, [say(word)])).rejects.toThrow('not for a virsh batch');
    expect(virsh.calls).toEqual([]);
  },
);

describe('runAbout', () => {
  const answer = (command: string) => ({ stdout: `${command.length}\n` });
  const wide = (size: number) => [say('x'.repeat(size))];

  test('what stands beside the first comes back apart, and takes room', async () => {
    const { virsh, calls } = virshOf(answer);
    const beside = [say('y'.repeat(7)), say('y'.repeat(8))];
    const first = [say('z'.repeat(60_000)), say('z'.repeat(9))];
    const answers = await runAbout(virsh, { first, beside }, [40_000, 40_001], wide);
    const ok = (value: number) => ({ ok: true, value: `${value}\n` });
    expect(answers.outcomes).toEqual([ok(60_000), ok(9)]);
    expect([...answers.about]).toEqual([
      [40_000, [ok(40_000)]],
      [40_001, [ok(40_001)]],
    ]);
    expect(answers.beside).toEqual([ok(7), ok(8)]);
    expect(calls.map((each) => each.map(({ length }) => length))).toEqual([
      [60_000, 7, 8, 9, 40_000],
      [40_001],
    ]);
  });

  test('what has no room beside the first stands in the next process', async () => {
    const { virsh, calls } = virshOf(answer);
    const beside = [say('y'.repeat(50_000)), say('y'.repeat(50_001)), say('y'.repeat(7))];
    const first = [say('z'.repeat(60_000)), say('z'.repeat(9))];
    const answers = await runAbout(virsh, { first, beside }, [40_000, 40_001], wide);
    const ok = (value: number) => ({ ok: true, value: `${value}\n` });
    expect(answers.outcomes).toEqual([ok(60_000), ok(9)]);
    expect([...answers.about.values()]).toEqual([[ok(40_000)], [ok(40_001)]]);
    expect(answers.beside).toEqual([ok(50_000), ok(50_001), ok(7)]);
    expect(calls.map((each) => each.map(({ length }) => length))).toEqual([
      [60_000, 50_000, 9],
      [50_001, 7, 40_000],
      [40_001],
    ]);
  });

  test('one that has no room beside what stands first goes into the next process', async () => {
    const { virsh, calls } = virshOf(answer);
    await runAbout(virsh, { first: [say('z'.repeat(100_000))] }, [90_000], wide);
    expect(calls.map((each) => each.map(({ length }) => length))).toEqual([[100_000], [90_000]]);
  });

  test('without items there is one process all the same', async () => {
    const { virsh, calls } = virshOf(answer);
    await runAbout(virsh, { first: [say('z')] }, [], wide);
    expect(calls).toEqual([['z']]);
  });
});

describe('batchesThatFit', () => {
  const commandOf = (size: number) => [say('x'.repeat(size))];

  test('few items are one batch, none are none', () => {
    expect(batchesThatFit([1, 2, 3], commandOf)).toEqual([[1, 2, 3]]);
    expect(batchesThatFit([], commandOf)).toEqual([]);
  });

  test('the order stays, and each batch is as long as one argument can hold (131,072 bytes)', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 40 });
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(sizes, async (items) => {
        const groups = batchesThatFit(items, commandOf);
        expect(groups.flat()).toEqual(items);
        for (const [i, group] of groups.entries()) {
          const bytes = await bytesOf(group.flatMap(commandOf));
          expect(bytes).toBeLessThan(131_072);
          const [next] = groups[i + 1] ?? [];
          if (next === undefined) continue;
          cuts++;
          expect(bytes + next).toBeGreaterThan(129_000);
        }
      }),
      { numRuns: 30, examples: [[Array(20).fill(30_000)]] },
    );
    expect(cuts).toBeGreaterThan(3);
  });

  async function bytesOf(commands: readonly Command<unknown>[]): Promise<number> {
    let bytes = 0;
    const note = async ([text = '']: readonly string[]) => {
      bytes = text.length;
      return { stdout: '', stderr: '', exitCode: 0, firstStderrAtMs: 0 };
    };
    await expect(runBatch(note, commands)).rejects.toThrow('virsh did not run the commands');
    return bytes;
  }
});
