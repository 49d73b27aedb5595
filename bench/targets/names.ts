import assert from 'node:assert/strict';
import { joinDomains } from '../../src/host/join-domains.ts';
import { unbounded } from '../../src/model/bounds.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { list } from '../../src/virsh/commands/list.ts';
import type { Target } from '../support/fuzz-loop.ts';

const uuid = (number: number) => `6c0e3c5a-54d1-4b0e-9d8e-${`${number}`.padStart(12, '0')}`;
const victims = [
  { uuid: uuid(1), name: 'web', time: 1001n },
  { uuid: uuid(2), name: 'db 1', time: 1002n },
];
const paused = { uuid: uuid(3), name: 'idle' };

/**
 * Whoever names domains takes nobody else's counters, gives nobody any, and leaves nobody unbalanced: of what `list` and
 * `domstats` print with such names, as virsh does, the others come out as they are.
 */
export const names: readonly Target[] = [
  {
    name: 'names',
    files: ['src/host/join-domains.ts', 'src/host/stats-by-domain.ts', 'src/virsh/commands/list.ts'],
    seeds: [
      'x',
      'web \u0001web',
      `row\n${uuid(1)} web`,
      `row\n${uuid(1)} db`,
      "line'\nDomain: 'web",
      "line'\n  cpu.time=5\n\nDomain: 'web'\n  vcpu.0.time=7\n\nDomain: 'y\u0001z\n\nDomain: 'idle",
    ],
    words: [
      '\u0001',
      '\n',
      "'\nDomain: '",
      '  vcpu.0.time=9',
      `\n${uuid(1)} web`,
      `\n${uuid(3)} `,
      `${uuid(9)} `,
      'web',
      'db 1',
      'idle',
      '  cpu.time=1001',
      ' '.repeat(30),
    ],
    mostCharacters: 1000,
    run: (text) => {
      // libvirt has each name once, and no NUL in it.
      const given = text.replaceAll('\0', '').split('\u0001').slice(0, 4);
      const taken = new Set([...victims.map(({ name }) => name), paused.name]);
      const hostile = [...new Set(given)]
        .filter((name) => name !== '' && !taken.has(name))
        .map((name, i) => ({ uuid: uuid(i + 10), name, time: BigInt(i + 5000) }));
      const running = [...hostile.slice(0, 2), ...victims, ...hostile.slice(2)];
      const rows = [paused, ...running].map((each) => `${each.uuid} ${padded(each.name)}\n`).join('');
      const blocks = running.map(({ name, time }) => blockOf(name, time)).join('');
      const facts = new Map(
        [paused, ...running].map((each) => [
          each.uuid,
          {
            placements: { ok: true, value: new Map() } as const,
            id: 1,
            bounds: { ...unbounded, name: each.name },
          },
        ]),
      );
      const { domains, leftAlone } = joinDomains(list.parse(`${rows}\n`), domstats.parse(blocks), facts);
      const times = new Map(domains.map((each) => [each.uuid, each.cpuTimeNs]));
      for (const { uuid: id, time } of victims) assert.equal(times.get(id), time);
      assert(!times.has(paused.uuid));
      for (const [id, time] of times) {
        const real = running.find((each) => each.uuid === id);
        assert(real === undefined ? time === undefined : time === real.time);
      }
      for (const { uuid: id, name } of hostile)
        if (!name.includes('\n')) assert(times.has(id), 'a name of one line is balanced');
      assert(
        !leftAlone.some(({ domain }) =>
          victims.some((each) => each.uuid === domain.uuid && !times.has(each.uuid)),
        ),
      );
    },
  },
];

/** `%-30s` of C counts bytes. */
function padded(name: string): string {
  return name + ' '.repeat(Math.max(0, 30 - Buffer.byteLength(name)));
}

function blockOf(name: string, time: bigint): string {
  const lines = [
    'state.state=1',
    'state.reason=1',
    `cpu.time=${time}`,
    'vcpu.current=1',
    'vcpu.0.state=1',
    `vcpu.0.time=${time}`,
  ];
  return `Domain: '${name}'\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}
