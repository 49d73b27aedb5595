import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseConfig } from '../../src/config/parse-config.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { historyFields, historyText } from '../../src/render/history-text.ts';
import { pausedText, pauseFields } from '../../src/render/pause-text.ts';
import { style } from '../../src/render/style.ts';
import { recordingInput } from '../../src/simulate/input/recording-input.ts';
import { traceInput } from '../../src/simulate/input/trace-input.ts';
import { type DecoderMemory, decodeLine } from '../../src/simulate/recording/decode.ts';
import { RecordingError } from '../../src/simulate/recording/decode-domains.ts';
import { encodeSample, type Sample } from '../../src/simulate/recording/encode.ts';
import { buildHost } from '../../src/simulate/scenario/build-host.ts';
import { parseScenario, scenarioError } from '../../src/simulate/scenario/parse-scenario.ts';
import { historyLine, parseHistory } from '../../src/state/history-file.ts';
import { parseState, StateProblem } from '../../src/state/parse-state.ts';
import { parsePause } from '../../src/state/pause-file.ts';
import { formatState } from '../../src/state/state-format.ts';
import type { Target } from '../support/fuzz-loop.ts';
import { root } from '../support/root.ts';

const fixture = (name: string) => readFileSync(join(root, 'fixtures', name), 'utf8');
const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000003';

const state = formatState({
  boot: 'a',
  vcpus: [
    {
      domain: { uuid, name: 'web' },
      vcpu: 0,
      id: 3,
      cpuTimeNs: 5n,
      original: [0, 1, 2],
      set: [[1]],
      foreign: false,
    },
    { domain: { uuid, name: 'web' }, vcpu: 1, id: 3, original: [0], set: [], foreign: true, goneAtMs: 7 },
  ],
  moves: [{ key: `${uuid}/0`, atMs: 5, from: [0], to: [1] }],
  refused: [{ partition: '/machine', pcpus: [3], online: [0, 1, 2, 3], granted: [0, 1] }],
  sample: {
    boot: 'a',
    takenAtMs: 3,
    pcpus: [{ pcpu: 0, busyNs: 1n, totalNs: 2n }],
    domains: [{ uuid, id: 1, vcpus: [{ vcpu: 0, cpuTimeNs: 4n, delayNs: 2n, affinity: [0], lastPcpu: 0 }] }],
  },
});

const move = {
  ...{
    key: 'a-1-0',
    run: 'a-1',
    command: 'once',
    domain: { uuid, name: 'web' },
    vcpu: 0,
    id: 3,
    kind: 'move',
  },
  ...{
    from: [0],
    to: [1],
    atMs: 5,
    demandPct: 45,
    readyBeforePct: 30,
    readyAfterPct: undefined,
    isSettled: false,
  },
  ...{ undoneAtMs: undefined, reason: 'to make it even' },
};

/** Files that others may have written, or that have been damaged. */
export const files: readonly Target[] = [
  {
    name: 'state file',
    files: ['src/state/parse-state.ts', 'src/state/state-format.ts'],
    // Without checksums, as earlier versions wrote it, all else is looked at.
    seeds: [state, state.replaceAll(/,"sum":"[0-9a-f]+"\}/g, '}').replace(/,\n"sum".*/, '}\n')],
    run: (text) => {
      try {
        const parsed = parseState(text);
        if (parsed.faults.length > 0) return;
        const again = parseState(formatState(parsed.state));
        assert.deepEqual(again, parsed);
      } catch (error) {
        if (!(error instanceof StateProblem)) throw error;
      }
    },
  },
  {
    name: 'history',
    files: ['src/state/history-file.ts', 'src/render/history-text.ts'],
    seeds: [
      `${historyLine(move)}\n{"kind":"update","key":"a-1-0","readyAfterPct":3}\n{"kind":"update","key":"a-1-0","undoneAtMs":9}\n`,
    ],
    words: ['"readyAfterPct":null,', '"undoneAtMs":1e300,', '"atMs":1e300,', '"id":1.5,'],
    run: (text) => {
      const moves = parseHistory(text);
      assert.deepEqual(parseHistory(moves.map((each) => `${historyLine(each)}\n`).join('')), moves);
      expectPlain(historyText(moves, true, style(false, false)));
      for (const each of moves) historyFields(each);
    },
  },
  {
    name: 'pause file',
    files: ['src/state/pause-file.ts', 'src/render/pause-text.ts'],
    seeds: [
      '{"format":"vcpusched-pause","formatVersion":1,"sinceMs":5,"untilMs":9}\n',
      '{"format":"vcpusched-pause","formatVersion":1,"sinceMs":5,"untilMs":null}\n',
    ],
    run: (text) => {
      const pause = parsePause(text);
      if (pause === undefined) return;
      const shown = { untilMs: pause.untilMs, by: 'command' } as const;
      expectPlain(pausedText(shown));
      pauseFields(shown);
    },
  },
  {
    name: 'recording',
    files: [
      ...['decode', 'decode-domains', 'encode', 'bounds', 'pcpu-times'].map(
        (name) => `src/simulate/recording/${name}.ts`,
      ),
      'src/simulate/input/recording-input.ts',
    ],
    seeds: [
      gunzipSync(readFileSync(join(root, 'fixtures/recordings/demo.ndjson.gz')))
        .toString()
        .split('\n')
        .slice(0, 6)
        .join('\n'),
    ],
    mostMs: 3000,
    run: replayed,
  },
  {
    name: 'scenario',
    files: [
      ...[
        'parse-scenario',
        'build-host',
        'build-domains',
        'build-demand',
        'build-events',
        'build-topology',
        'build-tuning',
      ].map((name) => `src/simulate/scenario/${name}.ts`),
      'src/toml/toml-lines.ts',
    ],
    seeds: ['demo', 'limits', 'bursts', 'hot-plug', 'odd-names', 'two-cells', 'wide-on-two-cells'].map(
      (name) => fixture(`scenarios/${name}.toml`),
    ),
    mostMs: 5000,
    run: (text) =>
      onlyOurs(() => {
        const scenario = parseScenario('f.toml', text);
        const trace = {
          names: ['a', 'b'],
          columns: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        };
        buildHost(
          scenario,
          () => trace,
          (path, message) => {
            throw scenarioError('f.toml', text, path, message);
          },
        );
      }),
  },
  {
    name: 'trace',
    files: ['src/simulate/scenario/trace.ts', 'src/simulate/input/trace-input.ts'],
    seeds: ['a,b,c\n1,2,3\n4,5.5,6e1\n', 'a\n0\n100\n'],
    run: (text) =>
      onlyOurs(() => {
        traceInput('f.csv', text, { vms: undefined, pcpus: 4, period: 10, scale: 1, jitter: 0, interval: 2 });
      }),
  },
  {
    name: 'configuration',
    files: [
      'src/config/parse-config.ts',
      'src/config/read-table.ts',
      'src/toml/toml-lines.ts',
      'src/toml/parse-toml.ts',
    ],
    seeds: [
      readFileSync(join(root, 'share/vcpusched.toml'), 'utf8').replaceAll(/^#(?=\S)/gm, ''),
      'interval = 5\nexclude = ["db-*"]\n[[domain]]\nname = "x"\ncpus = "0-3"\npriority = 3\n[connection.lab]\nuri = "qemu:///system"\nhigh = 80\n[[connection.lab.domain]]\nuuid = "6c0e3c5a-54d1-4b0e-9d8e-000000000003"\n',
    ],
    run: (text) =>
      onlyOurs(() => {
        const { faults, top } = parseConfig('f.toml', text, ['threshold']);
        for (const fault of faults) assert.match(fault, /^f\.toml:\d+: /);
        for (const { cpus = [] } of top.rules) assert(cpus.length < 16_385);
      }),
  },
];

async function replayed(text: string): Promise<void> {
  const samples: (Sample & { readonly line: number })[] = [];
  try {
    let memory: DecoderMemory | undefined;
    for (const [i, line] of text.split('\n').entries()) {
      const decoded = decodeLine(memory, line);
      memory = decoded.memory;
      if (decoded.recorded?.kind === 'sample') samples.push({ ...decoded.recorded, line: i + 1 });
    }
  } catch (error) {
    if (!(error instanceof RecordingError || error instanceof RangeError)) throw error;
  }
  const run = { vcpusched: '1', startedMs: 0, connection: undefined, everyMs: 5 };
  for (const sample of samples) encodeSample(run, undefined, sample);
  const each = async function* () {
    yield* samples;
  };
  await recordingInput('f', each()).catch((error) => {
    if (!(error instanceof VcpuschedError)) throw error;
  });
}

function onlyOurs(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    assert(error.status === 65 || error.status === 64);
  }
}

/** No character that a terminal obeys. */
export function expectPlain(text: string): void {
  assert.doesNotMatch(
    text.replaceAll('\n', ''),
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u,
  );
}
