import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domstats } from '../../../src/virsh/commands/domstats.ts';
import { unicodeText } from '../../support/any-text.ts';
import { recorded } from '../../support/recorded.ts';

const qemu = domstats.parse(recorded('hosts/qemu-9.0.0/domstats--vcpu--list-running--nowait').stdout);
const named = (name: string) => qemu.filter((domain) => domain.name === name);

describe('a recorded host', () => {
  test('times are exact nanoseconds, and delay is there', () => {
    const [db] = named('db');
    expect([...(db?.vcpus ?? [])]).toEqual([
      [0, { cpuTimeNs: expect.any(BigInt), delayNs: expect.any(BigInt) }],
      [1, { cpuTimeNs: expect.any(BigInt), delayNs: expect.any(BigInt) }],
    ]);
    expect(db?.vcpus.get(0)?.cpuTimeNs).toBeGreaterThan(10n ** 8n);
  });

  test('vCPU numbers can be sparse', () => {
    expect([...(named('hotplug')[0]?.vcpus.keys() ?? [])]).toEqual([0, 1, 3]);
  });

  test.each([
    '3',
    `it's "quoted"`,
    '; destroy web; echo ;;',
    '--all',
    'csi\u009b31mred',
    '#hash $(id) `id` \\ back',
    'Größe-日本-\u202eabc',
  ])('the name %j is read as it is', (name) => {
    expect(named(name)).toHaveLength(1);
  });

  test('a name with a newline keeps its fields away from others, and what it forges is there twice', () => {
    expect(named('line\n')).toHaveLength(1);
    expect(named('web')).toHaveLength(2);
  });

  test('the test driver tells no vCPU at all', () => {
    const { stdout } = recorded('hosts/test-driver-9.0.0/domstats--vcpu--list-running--nowait');
    expect(domstats.parse(stdout)).toEqual([
      { name: 'test', cpuTimeNs: undefined, isQueried: false, vcpus: new Map(), text: stdout },
    ]);
  });
});

describe('recorded with the time of all threads', () => {
  const load = domstats.parse(
    recorded('hosts/demand-9.0.0/domstats--state--vcpu--cpu-total--list-running--nowait').stdout,
  );

  test('those of the vCPUs are a part of it', () => {
    expect(load.map(({ name }) => name).sort()).toEqual(['capped', 'celled', 'plain']);
    for (const { cpuTimeNs, vcpus } of load) {
      const ofVcpus = [...vcpus.values()].reduce((sum, counters) => sum + (counters?.cpuTimeNs ?? 0n), 0n);
      expect(ofVcpus).toBeGreaterThan(0n);
      expect(cpuTimeNs).toBeGreaterThan(ofVcpus);
    }
  });
});

test('recorded while the QEMU of one does not answer: less is told of it, and its times all the same', () => {
  const stopped = domstats.parse(recorded('hosts/demand-9.0.0/stopped.next').stdout);
  expect(stopped.map(({ name, isQueried }) => [name, isQueried])).toEqual([
    ['celled', true],
    ['plain', false],
    ['capped', true],
  ]);
  for (const { vcpus } of stopped) expect([...vcpus.values()]).not.toContain(undefined);
});

describe('one vCPU', () => {
  const counters = (lines: string) =>
    domstats.parse(`Domain: 'a'\n  state.state=1\n${lines}\n\n`)[0]?.vcpus.get(0);

  test.each([
    ['all there', '  vcpu.0.state=1\n  vcpu.0.time=20\n  vcpu.0.delay=3', { cpuTimeNs: 20n, delayNs: 3n }],
    ['before libvirt 7.2', '  vcpu.0.state=1\n  vcpu.0.time=20', { cpuTimeNs: 20n, delayNs: undefined }],
    [
      'above 2^53',
      '  vcpu.0.time=9007199254740993',
      { cpuTimeNs: 9_007_199_254_740_993n, delayNs: undefined },
    ],
    [
      'halt polling (libvirt 8.10 and later)',
      '  vcpu.0.time=20\n  vcpu.0.halt_poll_success_ns.sum=3\n  vcpu.0.halt_poll_fail_ns.sum=4\n  vcpu.0.halt_poll_wait_ns.sum=9',
      { cpuTimeNs: 20n, delayNs: undefined, polledNs: 7n },
    ],
    [
      'one half of halt polling',
      '  vcpu.0.time=20\n  vcpu.0.halt_poll_fail_ns.sum=4',
      { cpuTimeNs: 20n, delayNs: undefined, polledNs: 4n },
    ],
    [
      'halt polling that is no number costs that alone',
      '  vcpu.0.time=20\n  vcpu.0.halt_poll_fail_ns.sum=x',
      { cpuTimeNs: 20n, delayNs: undefined },
    ],
    [
      'keys that begin or end as known ones do',
      '  vcpu.0.time=20\n  vcpu.0.time.sum=7\n  vcpu.0.delay.sum=7\n  vcpu.0.xtime=7\n  vcpu.0.halt_poll_fail_ns.max=7',
      { cpuTimeNs: 20n, delayNs: undefined },
    ],
    ['no time', '  vcpu.0.state=1\n  vcpu.0.delay=3', undefined],
    ['empty time', '  vcpu.0.state=1\n  vcpu.0.time=', undefined],
    ['negative time', '  vcpu.0.time=-20', undefined],
    ['not a number', '  vcpu.0.time=2e9', undefined],
    ['garbled delay', '  vcpu.0.time=20\n  vcpu.0.delay=3x', { cpuTimeNs: 20n, delayNs: undefined }],
  ])('%s', (_, lines, expected) => {
    expect(counters(lines)).toEqual(expected);
  });

  test('an offline one is left out, one without figures is there and unknown', () => {
    const [domain] = domstats.parse(
      "Domain: 'a'\n  vcpu.0.state=0\n  vcpu.0.time=20\n  vcpu.1.state=1\n  vcpu.4.state=2\n  vcpu.4.time=7\n",
    );
    expect(domain?.vcpus).toEqual(
      new Map([
        [1, undefined],
        [4, { cpuTimeNs: 7n, delayNs: undefined }],
      ]),
    );
  });
});

test('no domain runs', () => {
  expect(domstats.parse('\n')).toEqual([]);
});

test('what is no domstats output is refused by name', () => {
  expect(() => domstats.parse('Segmentation fault\n')).toThrow(
    `'virsh domstats' printed no usable domain: "Segmentation fault"`,
  );
});

/** Any name that one line can hold, whatever a line is to others: U+2028 and a carriage return are text here. */
const name = unicodeText({ minLength: 1 }).filter((text) => !/\n| $/.test(text));
const stats = fc.record({
  name,
  cpuTimeNs: fc.option(fc.bigInt(0n, 2n ** 64n - 1n), { nil: undefined }),
  isQueried: fc.constant(false),
  vcpus: fc
    .uniqueArray(fc.tuple(fc.nat(999), fc.bigInt(0n, 2n ** 64n), fc.option(fc.bigInt(0n, 2n ** 64n))), {
      selector: ([number]) => number,
    })
    .map(
      (rows) =>
        new Map(
          rows.map(([n, cpuTimeNs, delay]) => [n, { cpuTimeNs, delayNs: delay ?? undefined }] as const),
        ),
    ),
});

test('what is printed is read again', () => {
  fc.assert(
    fc.property(fc.array(stats), (domains) => {
      const printed = domains.map(
        (domain) =>
          `Domain: '${domain.name}'\n  state.state=1\n${timeLine(domain.cpuTimeNs)}${lines(domain.vcpus)}\n`,
      );
      expect(domstats.parse(printed.join(''))).toEqual(
        domains.map((each, i) => ({ ...each, text: printed[i] })),
      );
    }),
  );
});

function timeLine(cpuTimeNs: bigint | undefined): string {
  return cpuTimeNs === undefined ? '' : `  cpu.time=${cpuTimeNs}\n`;
}

function lines(vcpus: ReadonlyMap<number, { cpuTimeNs: bigint; delayNs: bigint | undefined }>): string {
  return [...vcpus]
    .map(([n, { cpuTimeNs, delayNs }]) => {
      const delay = delayNs === undefined ? '' : `  vcpu.${n}.delay=${delayNs}\n`;
      return `  vcpu.${n}.state=1\n  vcpu.${n}.time=${cpuTimeNs}\n${delay}`;
    })
    .join('');
}
