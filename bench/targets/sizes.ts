import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainFilter } from '../../src/config/domain-filter.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { historyText } from '../../src/render/history-text.ts';
import { leftAloneText } from '../../src/render/left-alone-text.ts';
import { planShell } from '../../src/render/plan-shell.ts';
import { planText } from '../../src/render/plan-text.ts';
import { html } from '../../src/render/report/html.ts';
import { statusText } from '../../src/render/status-text.ts';
import { style } from '../../src/render/style.ts';
import { topRows } from '../../src/render/top/top-rows.ts';
import { firstView } from '../../src/render/top/top-view.ts';
import { traceInput } from '../../src/simulate/input/trace-input.ts';
import { parseScenario } from '../../src/simulate/scenario/parse-scenario.ts';
import { historyLine, parseHistory } from '../../src/state/history-file.ts';
import { readRecording } from '../../src/state/read-recording.ts';
import type { Command } from '../../src/virsh/command.ts';
import { capabilities } from '../../src/virsh/commands/capabilities.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { dumpxml } from '../../src/virsh/commands/dumpxml.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { nodecpumap } from '../../src/virsh/commands/nodecpumap.ts';
import { vcpuinfo } from '../../src/virsh/commands/vcpuinfo.ts';
import { complaintAndRemarks } from '../../src/virsh/failures.ts';
import { reportOf } from '../../test/metrics/reports.ts';
import { modelOf, noonMs, vcpuOn } from '../../test/render/top/support.ts';
import { loadOf, moveOf, planOf } from '../../test/support/plans.ts';
import { guestUuid } from '../../test/support/sim-host.ts';
import { simInMemory } from '../../test/support/sim-in-memory.ts';

/** Something that others can make large. */
export type Size = {
  readonly name: string;
  /** of what it is many of */
  readonly count: number;
  /** @returns how much there is to read, and what reads it */
  readonly prepare: (
    count: number,
    folder: string,
  ) =>
    | Promise<{ readonly bytes: number; readonly work: () => unknown }>
    | { readonly bytes: number; readonly work: () => unknown };
};

const uuid = guestUuid(1);
const megabyte = 1e6;

/** A command of virsh that prints so many bytes. */
function answer(
  name: string,
  command: Command<unknown>,
  bytes: number,
  piece: (i: number) => string,
  [head, tail]: readonly [string, string],
): Size {
  return {
    name,
    count: bytes,
    prepare: (count) => {
      const pieces: string[] = [];
      for (let length = 0, i = 0; length < count; i++) {
        const text = piece(i);
        pieces.push(text);
        length += text.length;
      }
      const text = `${head}${pieces.join('')}${tail}`;
      return { bytes: text.length, work: () => parsed(command, text) };
    },
  };
}

function parsed({ parse }: Command<unknown>, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return error;
  }
}

/** One text of so many characters. */
function text(
  name: string,
  count: number,
  make: (count: number) => string,
  work: (text: string) => unknown,
): Size {
  return {
    name,
    count,
    prepare: (size) => {
      const made = make(size);
      return { bytes: made.length, work: () => work(made) };
    },
  };
}

const vcpuFields = (i: number) =>
  ['state=1', `time=${i}0000000`, 'wait=0', `delay=${i}123`]
    .map((field) => `  vcpu.${i % 64}.${field}\n`)
    .join('');
const look = (columns: number) => style(false, true, columns);

function everyText(name: string): void {
  const plan = planOf([moveOf(1, name, [1], { reason: name })]);
  const domain = { uuid, name };
  for (const columns of [Number.POSITIVE_INFINITY, 80]) {
    planText(plan, look(columns));
    const view = {
      uri: 'test:///default',
      isShown: () => true,
      pcpu: undefined,
      sort: 'pcpu',
      isSummary: false,
    } as const;
    statusText(reportOf([loadOf(name)]), view, look(columns));
    leftAloneText([{ domain, vcpu: undefined, reason: name }], look(columns));
  }
  planShell(plan, ['virsh'], () => ['vcpupin']);
  html`<p>${name}</p>`;
  const frame = {
    columns: 80,
    rows: 24,
    uri: '',
    interval: 2,
    atMs: noonMs,
    unicode: true,
    problem: undefined,
  };
  topRows(modelOf([vcpuOn(0, 1, [40, 60], { domain })]), firstView, frame, look(80));
}

const move = {
  ...{
    run: 'a-1',
    command: 'once',
    domain: { uuid, name: 'web' },
    vcpu: 0,
    id: 3,
    kind: 'move',
    from: [0],
    to: [1],
  },
  ...{
    atMs: 5,
    demandPct: 45,
    readyBeforePct: 30,
    readyAfterPct: undefined,
    isSettled: false,
    undoneAtMs: undefined,
    reason: 'x',
  },
};

export const sizes: readonly Size[] = [
  answer(
    '100 MB of domstats',
    domstats,
    100 * megabyte,
    (i) => (i % 64 === 0 ? `\nDomain: 'guest-${i}'\n` : '') + vcpuFields(i),
    ['', '\n\n'],
  ),
  answer(
    '100 MB of XML: devices',
    dumpxml(uuid),
    100 * megabyte,
    (i) => `<disk type='file' device='disk'><source file='/x/${i}'/><target dev='vd${i}'/></disk>\n`,
    ["<domain id='1'><name>x</name><devices>", '</devices></domain>\n\n'],
  ),
  answer(
    '100 MB of XML: pins',
    dumpxml(uuid),
    100 * megabyte,
    (i) => `<vcpupin vcpu='${i % 4096}' cpuset='${i % 4096}'/>\n`,
    ["<domain id='1'><name>x</name><cputune>", '</cputune></domain>\n\n'],
  ),
  answer(
    '100 MB of XML: metadata',
    dumpxml(uuid),
    100 * megabyte,
    (i) => `<x:note xmlns:x='urn:x'>${i}</x:note>\n`,
    ["<domain id='1'><name>x</name><metadata>", '</metadata></domain>\n\n'],
  ),
  answer(
    '20 MB of capabilities',
    capabilities,
    20 * megabyte,
    (i) => `<cpu id='${i % 16_384}' socket_id='0' die_id='0' core_id='${i}' siblings='${i % 16_384}'/>\n`,
    [
      "<capabilities><host><topology><cells><cell id='0'><cpus>",
      '</cpus></cell></cells></topology></host></capabilities>\n\n',
    ],
  ),
  answer('a million rows of list', list, 42 * megabyte, (i) => `${guestUuid(i)} x${i}\n`, ['', '\n']),
  text(
    'a million lines of complaints',
    20e6,
    (count) => 'error: this and that\n'.repeat(count / 21),
    complaintAndRemarks,
  ),
  text(
    'a name of 200,000 characters: read',
    200_000,
    (count) => 'x '.repeat(count / 2),
    (name) => {
      parsed(list, `${uuid} ${name}\n\n`);
      parsed(domstats, `Domain: '${name}'\n\n`);
      parsed(dumpxml(uuid), `<domain id='1'><name>${name}</name></domain>\n\n`);
    },
  ),
  text('a name of 200,000 letters: shown', 200_000, (count) => 'x'.repeat(count), everyText),
  text('a name of 200,000 words: shown', 200_000, (count) => 'x '.repeat(count / 2), everyText),
  text('a name of 200,000 controls: shown', 200_000, (count) => '\u009b'.repeat(count), everyText),
  text(
    'a name of 200,000 characters and globs',
    200_000,
    (count) => 'a'.repeat(count),
    (name) => {
      domainFilter(['*a*a*a*a*a*b', '+(+(a))b', '[a-c]*{x,y}'], [])({ uuid, name });
    },
  ),
  text(
    'masks of 200,000 characters',
    200_000,
    (count) => 'y-'.repeat(count / 2),
    (mask) => {
      parsed(nodecpumap, `CPU map: ${mask}\n`);
      parsed(vcpuinfo(uuid), `VCPU: 0\nCPU: 0\nCPU Affinity: ${mask}\n`.repeat(100));
    },
  ),
  text(
    '50,000 TOML tables: configuration',
    50_000,
    (count) => Array.from({ length: count }, (_, i) => `[[domain]]\nname = "x${i}"\n`).join(''),
    (toml) => parseConfig('f', toml),
  ),
  text(
    '50,000 TOML tables: connections',
    50_000,
    (count) => Array.from({ length: count }, (_, i) => `[connection.x${i}]\nuri = "a:b"\n`).join(''),
    (toml) => parseConfig('f', toml),
  ),
  text(
    '50,000 faults in a configuration',
    50_000,
    (count) => Array.from({ length: count }, (_, i) => `x${i} = 1\n`).join(''),
    (toml) => parseConfig('f', toml),
  ),
  text(
    'a TOML key of 50,000 parts',
    50_000,
    (count) => `${Array(count).fill('a').join('.')} = 1\n`,
    (toml) => attempt(() => parseConfig('f', toml)),
  ),
  text(
    '50,000 TOML tables: scenario',
    50_000,
    (count) =>
      `pcpus = 4\n${Array.from({ length: count }, (_, i) => `[[domains]]\nname = "x${i}"\ndemand = 1\n`).join('')}`,
    (toml) => attempt(() => parseScenario('f', toml)),
  ),
  text(
    'a million rows of a trace',
    8e6,
    (count) => `a,b\n${'1.5,2.5\n'.repeat(count / 8)}`,
    (csv) =>
      attempt(() =>
        traceInput('f', csv, { vms: undefined, pcpus: 4, period: 1, scale: 1, jitter: 0, interval: 2 }),
      ),
  ),
  {
    name: '100,000 moves in the history',
    count: 100_000,
    prepare: (count) => {
      const lines = Array.from(
        { length: count },
        (_, i) => `${historyLine({ ...move, key: `${i}` })}\n`,
      ).join('');
      return { bytes: lines.length, work: () => historyText(parseHistory(lines), true, look(80)) };
    },
  },
  {
    name: 'a million lines of a recording',
    count: 1e6,
    prepare: (count, folder) => {
      const file = join(folder, 'recording');
      const time = '2026-01-02T03:04:05.678Z';
      const header = JSON.stringify({
        format: 'vcpusched-recording',
        kind: 'header',
        formatVersion: 1,
        vcpusched: '1',
        startedAt: time,
        time,
        connection: null,
        everyMs: 2000,
        online: '0-3',
        topology: [],
      });
      writeFileSync(
        file,
        `${header}\n${`${JSON.stringify({ kind: 'gap', time, reason: 'x' })}\n`.repeat(count)}`,
      );
      const work = async () => {
        for await (const _ of readRecording(file));
      };
      return { bytes: count * 70, work };
    },
  },
  {
    name: 'plan: 4,096 vCPUs on 4,096 pCPUs',
    count: 4096,
    prepare: (count, folder) => {
      const sim = simInMemory(
        `pcpus = ${count}\n[[domains]]\nname = "guest-%d"\ncount = ${count / 64}\nvcpus = 64\naffinity = "in-turn"\ndemand = [20, 60]\n`,
        { uri: 'test:///far', stateDir: folder },
      );
      const work = () => sim.vcpusched('plan', '--json', '--connect', 'test:///far');
      // What virsh prints has a mask of each vCPU, a character for each pCPU.
      return { bytes: count * count, work };
    },
  },
];

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
