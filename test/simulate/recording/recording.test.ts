import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unbounded } from '../../../src/model/bounds.ts';
import { type DecoderMemory, decodeLine, type Recorded } from '../../../src/simulate/recording/decode.ts';
import {
  type EncoderMemory,
  encodeGap,
  encodeSample,
  type Sample,
} from '../../../src/simulate/recording/encode.ts';
import { headerStart, type Run } from '../../../src/simulate/recording/format.ts';
import { anySamples, run } from './any-samples.ts';

const topology = [0, 1].map((id) => ({
  id,
  cellId: 0,
  socketId: 0,
  dieId: 0,
  coreId: id,
  siblings: [id],
}));

/** Two vCPUs of a domain that run on pCPU 1, `i` samples after the first. */
function sampleAt(i: number): Sample {
  const vcpu = (number: number, ns: bigint) => ({
    number,
    counters: { cpuTimeNs: 2n ** 60n + ns * BigInt(i), delayNs: number === 0 ? 7n * BigInt(i) : undefined },
    placement: { affinity: [0, 1], lastPcpu: 1 },
    problem: undefined,
  });
  return {
    wallMs: run.startedMs + i * 5000,
    snapshot: {
      takenAtMs: 100.5 + i * 5000,
      pcpuTimes: new Map(),
      capacity: new Map(),
      isolated: undefined,
      online: [0, 1],
      topology,
      domains: [
        {
          uuid: 'u-1',
          name: 'web',
          id: undefined,
          bounds: unbounded,
          vcpus: [vcpu(0, 10n ** 9n), vcpu(3, 2n * 10n ** 9n)],
        },
      ],
      leftAlone: [{ domain: { uuid: 'u-2', name: 'db' }, vcpu: undefined, reason: 'paused' }],
    },
  };
}

const samplesAt = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => sampleAt(from + i));

function encoded(samples: readonly Sample[], of: Run = run): readonly string[] {
  let memory: EncoderMemory | undefined;
  return samples.flatMap((sample) => {
    const next = encodeSample(of, memory, sample);
    memory = next.memory;
    return next.lines;
  });
}

function decoded(lines: readonly string[]): readonly Recorded[] {
  let memory: DecoderMemory | undefined;
  return lines.flatMap((line) => {
    const next = decodeLine(memory, line);
    memory = next.memory;
    return next.recorded ?? [];
  });
}

const asRecorded = (samples: readonly Sample[]) => samples.map((sample) => ({ kind: 'sample', ...sample }));
const kinds = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { kind: string }).kind);

describe('the lines', () => {
  test('a header, a full sample, then differences', () => {
    const lines = encoded(samplesAt(0, 3)).map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        format: 'vcpusched-recording',
        kind: 'header',
        formatVersion: 1,
        vcpusched: '1.2.3',
        startedAt: '2026-01-02T03:04:05.000Z',
        time: '2026-01-02T03:04:05.000Z',
        connection: 'qemu:///system',
        everyMs: 5000,
        isolated: undefined,
        online: '0-1',
        topology: [
          { pcpu: 0, cell: 0, socket: 0, die: 0, core: 0, siblings: '0' },
          { pcpu: 1, cell: 0, socket: 0, die: 0, core: 1, siblings: '1' },
        ],
      },
      {
        kind: 'full',
        time: '2026-01-02T03:04:05.000Z',
        atMs: 100.5,
        domains: [
          {
            uuid: 'u-1',
            name: 'web',
            vcpus: [
              { vcpu: 0, timeNs: '1152921504606846976', delayNs: '0', affinity: '0-1', pcpu: 1 },
              { vcpu: 3, timeNs: '1152921504606846976', affinity: '0-1', pcpu: 1 },
            ],
          },
        ],
        leftAlone: [{ uuid: 'u-2', name: 'db', vcpu: null, reason: 'paused' }],
      },
      {
        kind: 'delta',
        time: '2026-01-02T03:04:10.000Z',
        atMs: 5100.5,
        ranNs: [1e9, 2e9],
        waitedNs: [7, null],
        pcpus: [1, 1],
      },
      expect.objectContaining({ kind: 'delta', atMs: 10_100.5 }),
    ]);
  });

  test('each begins with what tells a recording, or cannot be taken for it', () => {
    const lines = encoded(samplesAt(0, 2));
    expect(lines.map((line) => line.startsWith(headerStart))).toEqual([true, false, false]);
  });

  test('a header after every hundred samples', () => {
    const written = kinds(encoded(samplesAt(0, 250)));
    expect(written.flatMap((kind, i) => (kind === 'header' ? i : []))).toEqual([0, 101, 202]);
    expect(written.filter((kind) => kind === 'full')).toHaveLength(3);
  });

  test.each<[string, (sample: Sample['snapshot']) => Partial<Sample['snapshot']>, string[]]>([
    ['a pCPU that goes offline', () => ({ online: [0] }), ['header', 'full']],
    ['another topology', () => ({ topology: [] }), ['header', 'full']],
    ['a domain that stops', () => ({ domains: [] }), ['full']],
    ['a domain no longer left alone', () => ({ leftAlone: [] }), ['full']],
    [
      'a pin',
      ({ domains }) => ({
        domains: domains.map((domain) => ({
          ...domain,
          vcpus: domain.vcpus.map((vcpu) => ({ ...vcpu, placement: { affinity: [1], lastPcpu: 1 } })),
        })),
      }),
      ['full'],
    ],
    [
      'a vCPU whose figures are missing',
      ({ domains }) => ({
        domains: domains.map((domain) => ({
          ...domain,
          vcpus: domain.vcpus.map((vcpu) => ({ ...vcpu, counters: undefined, problem: 'busy' })),
        })),
      }),
      ['full'],
    ],
    ['nothing but figures', () => ({}), ['delta']],
  ])('%s', (_, change, written) => {
    const { wallMs, snapshot } = sampleAt(1);
    const samples = [sampleAt(0), { wallMs, snapshot: { ...snapshot, ...change(snapshot) } }];
    const lines = encoded(samples);
    expect(kinds(lines).slice(2)).toEqual(written);
    expect(decoded(lines)).toEqual(asRecorded(samples));
  });

  test('a gap', () => {
    const gap = encodeGap(run.startedMs + 5000, 'virsh did not answer\n');
    expect(decoded([...encoded([sampleAt(0)]), gap])).toEqual([
      ...asRecorded([sampleAt(0)]),
      { kind: 'gap', wallMs: run.startedMs + 5000, reason: 'virsh did not answer\n' },
    ]);
  });
});

test('any samples read back as they were', () => {
  fc.assert(
    fc.property(anySamples, (samples) => {
      const lines = encoded(samples);
      expect(lines.every((line) => !line.includes('\n'))).toBe(true);
      expect(decoded(lines)).toEqual(asRecorded(samples));
    }),
  );
});

test('cut anywhere, it reads from the next header on', () => {
  const lines = encoded(samplesAt(0, 250));
  for (const cut of [1, 2, 50, 101, 150]) {
    const read = decoded([`${lines[cut - 1]?.slice(5)}`, ...lines.slice(cut)]);
    const lost = cut <= 101 ? 100 : 200;
    expect(read).toEqual(asRecorded(samplesAt(lost, 250)));
  }
});

describe('several runs, whose clocks have nothing in common', () => {
  const later = (wallMs: number): Sample => ({ wallMs, snapshot: { ...sampleAt(0).snapshot, takenAtMs: 3 } });
  const second = (wallMs: number) => encoded([later(wallMs)], { ...run, startedMs: wallMs - 1 });

  test('are joined by what the wall clock says lies between, and the gap is told', () => {
    const wallMs = run.startedMs + 60_000;
    const read = decoded([...encoded(samplesAt(0, 2)), ...second(wallMs)]);
    expect(read.slice(2)).toEqual([
      { kind: 'gap', wallMs, reason: 'the recorder was started anew' },
      { kind: 'sample', wallMs, snapshot: { ...sampleAt(0).snapshot, takenAtMs: 5100.5 + 55_000 } },
    ]);
  });

  test('are joined by the interval where the wall clock was put back', () => {
    const read = decoded([...encoded(samplesAt(0, 2)), ...second(run.startedMs - 1e6)]);
    expect(read.at(-1)).toMatchObject({ snapshot: { takenAtMs: 10_100.5 } });
  });

  test('go on at the same pace', () => {
    const wallMs = run.startedMs + 60_000;
    const samples = [
      later(wallMs),
      { ...later(wallMs + 5), snapshot: { ...later(0).snapshot, takenAtMs: 8 } },
    ];
    const read = decoded([...encoded(samplesAt(0, 2)), ...encoded(samples, { ...run, startedMs: wallMs })]);
    expect(read.at(-1)).toMatchObject({ snapshot: { takenAtMs: 60_105.5 } });
  });
});

describe('what is not as the format has it', () => {
  const [header = '', full = '', delta = ''] = encoded(samplesAt(0, 2));
  const changed = (line: string, over: object) => JSON.stringify({ ...JSON.parse(line), ...over });

  test.each<[string, readonly string[], string]>([
    ['no JSON', [header, '{"kind":"full"'], 'not JSON'],
    ['no object', [header, '7'], 'not a line of a recording'],
    ['no kind', [header, '{}'], 'not a line of a recording'],
    [
      'a later format',
      [changed(header, { formatVersion: 2 })],
      'formatVersion: format version 2 is not known here',
    ],
    ['a field too few', [header, changed(full, { atMs: undefined })], 'atMs: '],
    ['a wrong counter', [header, full.replace('"1152921504606846976"', '"x"')], 'domains.0.vcpus.0.timeNs: '],
    ['a wrong list', [header.replace('"0-1"', '"0-"')], 'online: Expected a CPU list'],
    ['a delta without a full sample', [header, delta], 'a delta without a full sample before it'],
    [
      'a delta after the next header',
      [header, full, header, delta],
      'a delta without a full sample before it',
    ],
    [
      'a column too short',
      [header, full, changed(delta, { ranNs: [1] })],
      'ranNs: has 1 entries for 2 vCPUs',
    ],
    [
      'a figure too few',
      [header, full, changed(delta, { pcpus: [1, null] })],
      'vCPU 3: has a figure too many',
    ],
    [
      'a figure too many',
      [header, full, changed(delta, { waitedNs: [1, 1] })],
      'vCPU 3: has a figure too many',
    ],
    ['no whole number', [header, full, changed(delta, { ranNs: [1, 0.5] })], 'ranNs.1: '],
    ['time going back', [header, full, changed(delta, { atMs: 100.5 })], 'atMs: goes back in time'],
    ['a gap without a reason', [header, '{"kind":"gap","time":"2026-01-02T03:04:05Z"}'], 'reason: '],
  ])('%s', (_, lines, message) => {
    expect(() => decoded(lines)).toThrow(message);
  });

  test('kinds and members that are not known are passed over', () => {
    const lines = [header, changed(full, { more: 1 }), '{"kind":"note","text":"x"}', delta];
    expect(decoded(lines)).toEqual(asRecorded(samplesAt(0, 2)));
  });

  test('before the first header anything is passed over', () => {
    expect(decoded(['garbage', '{"kind":', delta, ''])).toEqual([]);
  });
});
