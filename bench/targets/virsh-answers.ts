import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatCpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import { runBatch } from '../../src/virsh/batch.ts';
import { type Command, ParseError } from '../../src/virsh/command.ts';
import { capabilities } from '../../src/virsh/commands/capabilities.ts';
import { domid } from '../../src/virsh/commands/domid.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { nodecpumap } from '../../src/virsh/commands/nodecpumap.ts';
import { nodecpustats } from '../../src/virsh/commands/nodecpustats.ts';
import { pciDeviceCell } from '../../src/virsh/commands/nodedev-dumpxml.ts';
import { uri } from '../../src/virsh/commands/uri.ts';
import { vcpuinfo } from '../../src/virsh/commands/vcpuinfo.ts';
import { domainXml } from '../../src/virsh/domain-xml.ts';
import { complaintAndRemarks, virshFailure } from '../../src/virsh/failures.ts';
import { answerIn } from '../../src/virsh/open-virsh.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import { virshVersion } from '../../src/virsh/virsh-version.ts';
import type { Target } from '../support/fuzz-loop.ts';
import { root } from '../support/root.ts';

const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000003';
const recorded = (name: string) => readFileSync(join(root, `fixtures/${name}.stdout`), 'utf8');

/** What virsh prints: each parser ends in a value that is sound, or in its own error. */
export const virshAnswers: readonly Target[] = [
  {
    name: 'domstats',
    files: ['src/virsh/commands/domstats.ts'],
    seeds: [
      recorded('hosts/demand-9.0.0/domstats--state--vcpu--cpu-total--list-running--nowait'),
      recorded('hosts/qemu-9.0.0/domstats--vcpu--list-running--nowait'),
      "Domain: 'a'\n  vcpu.0.time=20\n  vcpu.0.halt_poll_success_ns.sum=3\n  cpu.haltpoll.success.time=1\n\n",
    ],
    run: (text) => {
      for (const { name, vcpus } of parsed(domstats, text) ?? []) {
        assert(!name.slice(0, -1).includes('\n'));
        for (const [number, counters] of vcpus) {
          assert(Number.isSafeInteger(number) && number >= 0);
          assert(counters === undefined || counters.cpuTimeNs >= 0n);
        }
      }
    },
  },
  {
    name: 'list',
    files: ['src/virsh/commands/list.ts', 'src/virsh/answer-fields.ts'],
    seeds: [recorded('hosts/qemu-9.0.0/list'), recorded('hosts/limits-9.0.0/list'), '\n'],
    words: [`${uuid} `],
    run: (text) => {
      const rows = parsed(list, text);
      if (rows === undefined) return;
      const printed = rows.map((row) => `${row.uuid} ${row.name}\n`).join('');
      assert.deepEqual(list.parse(`${printed}\n`), rows);
    },
  },
  {
    name: 'vcpuinfo',
    files: ['src/virsh/commands/vcpuinfo.ts', 'src/virsh/answer-fields.ts'],
    seeds: [recorded('hosts/demand-9.0.0/vcpuinfo.plain'), recorded('hosts/qemu-9.0.0/vcpuinfo.00')],
    run: (text) => {
      for (const { affinity, lastPcpu, problem } of parsed(vcpuinfo(uuid), text)?.values() ?? []) {
        expectSet(affinity);
        assert(lastPcpu === undefined || lastPcpu < 16_384);
        assert((problem?.length ?? 0) < 1000);
      }
    },
  },
  {
    name: 'dumpxml',
    files: ['src/virsh/domain-xml.ts', 'src/virsh/metadata.ts', 'src/virsh/xml.ts'],
    seeds: [
      recorded('hosts/demand-9.0.0/dumpxml.capped'),
      recorded('hosts/demand-9.0.0/dumpxml.celled'),
      recorded('hosts/limits-9.0.0/dumpxml.live-metadata'),
      `<domain id='1'><metadata><v:domain xmlns:v='urn:vcpusched:domain' managed='no' cpus='0-3' priority='5'/></metadata><devices><hostdev type='pci'><source><address domain='0x0' bus='0x81' slot='0x0' function='0x0'/></source></hostdev></devices></domain>\n\n`,
    ],
    words: ["<hostdev type='pci'>", '</hostdev>', '<vcpupin ', "cpuset='0-3'", '</metadata>', '</domain>'],
    run: (text) => {
      const xml = parsed({ words: [], parse: domainXml }, text);
      if (xml === undefined) return;
      const { rule, leave } = xml.metadata;
      for (const set of [xml.cpuset, rule.cpus?.set, ...xml.emulator, ...xml.pins.map(({ cpus }) => cpus)])
        expectSet(set);
      assert((leave?.length ?? 0) < 400);
      assert(Math.abs(rule.priority ?? 0) < 1e6);
      assert(rule.cpus === undefined || rule.cpus.set.length > 0);
    },
  },
  {
    name: 'capabilities',
    files: ['src/virsh/commands/capabilities.ts'],
    seeds: [recorded('hosts/demand-9.0.0/capabilities')],
    words: [
      "<bank id='0' level='3' type='both' size='16' unit='MiB' cpus='0-1'/>",
      '<cell id="0">',
      '<cpus num="2">',
    ],
    run: (text) => {
      const told = parsed(capabilities, text);
      if (told === undefined) return;
      assert.equal(new Set(told.topology.map(({ id }) => id)).size, told.topology.length);
      for (const { id, siblings } of told.topology) {
        expectSet(siblings);
        assert(siblings.includes(id));
      }
      assert(told.remarks.length <= 21 && told.remarks.every((line) => line.length < 300));
    },
  },
  {
    name: 'short answers',
    files: ['nodecpustats', 'nodecpumap', 'nodedev-dumpxml', 'uri', 'domid'].map(
      (name) => `src/virsh/commands/${name}.ts`,
    ),
    seeds: [
      'hosts/demand-9.0.0/nodecpustats.0',
      'hosts/demand-9.0.0/nodedev-dumpxml.no-cell',
      'hosts/limits-9.0.0/domid.bound',
      'hosts/qemu-9.0.0/nodecpumap',
      'hosts/qemu-9.0.0/uri',
    ]
      .map(recorded)
      .concat("<device><capability type='pci'><numa node='1'/></capability></device>\n", '9.0.0\n', '-\n\n'),
    run: async (text) => {
      expectSet(parsed(nodecpumap, text)?.map);
      const times = parsed(nodecpustats(0), text);
      assert(times === undefined || (times.busyNs >= 0n && times.totalNs >= times.busyNs));
      assert((parsed(domid(uuid), text) ?? 0) >= 0);
      assert((parsed(pciDeviceCell({ domain: 0, bus: 0, slot: 0, function: 0 }), text) ?? 0) >= 0);
      assert(!/\s/.test(parsed(uri, text) ?? ''));
      await virshVersion(answering(text, '')).catch(expectParseError);
    },
  },
  {
    name: 'complaints',
    files: ['src/virsh/failures.ts'],
    seeds: [
      "error: failed to get domain 'x'\nerror: y\n2026-01-02 03:04:05.678+0000: 4711: info : x\n",
      'error: failed to connect to the hypervisor\nerror: authentication unavailable: x\n',
    ],
    run: (text) => {
      const { complaint, remarks } = complaintAndRemarks(text);
      assert(![complaint, ...remarks].some((line) => line.includes('\n')));
      virshFailure('cannot', complaint);
    },
  },
  {
    name: 'batch',
    files: ['src/virsh/batch.ts'],
    seeds: [
      'web\u0001error: x\n\u0001db\u0001',
      "Domain: 'a'\n\n\u0001\u0001error: a\nerror: b\u00010123abcd.0\n",
    ],
    words: ['\u0001', 'error: ', '0123abcd.0\n', '0123abcd.1', 'error: 0123abcd.1\n'],
    run: ownAnswers,
  },
  {
    name: 'open virsh',
    files: ['src/virsh/open-virsh.ts'],
    seeds: ['web\u0001error: x\n', 'a\n7.\n\u0001error: b\n', 'virsh # \u0001error: 89abcdef.7'],
    words: ['\u0001', '\n7.\n', '7.', '89abcdef.6\n', 'error: ', 'virsh # ', 'echo 7.;'],
    run: wholeAnswer,
  },
];

/**
 * Whatever the first and the third command print, the second and the fourth have what they printed themselves, and so has
 * each; also where virsh ends in the middle. The mark is by chance, so no text holds it.
 */
async function ownAnswers(text: string): Promise<void> {
  const [firstOut = '', firstErr = '', thirdOut = '', thirdErr = '', at = ''] = text.split('\u0001');
  const said = [
    { out: firstOut, err: firstErr },
    { out: 'good\n', err: '' },
    { out: thirdOut, err: thirdErr },
    { out: '', err: 'error: no such domain\n' },
  ];
  const commands = said.map((_, i): Command<string> => ({ words: [`c${i}`], parse: (stdout) => stdout }));
  const cut = (whole: string) => (at === '' ? whole : whole.slice(0, at.charCodeAt(0) % (whole.length + 1)));
  const virsh: Virsh = async ([batch = ''], _, onOutput) => {
    const mark = /echo ([0-9a-f]{8})\.0/.exec(batch)?.[1];
    const stdout = cut(said.map(({ out }, i) => `${out}${mark}.${i}\n`).join(''));
    const stderr = said.map(({ err }, i) => `${err}error: ${mark}.${i}\n`).join('');
    for (let from = 0; from < stderr.length; from += 97)
      onOutput?.('stderr', stderr.slice(from, from + 97), from);
    return { stdout, stderr, exitCode: 0, firstStderrAtMs: 0 };
  };
  let ended = 0;
  const { outcomes } = await runBatch(virsh, commands, undefined, (count) => {
    assert(count > ended);
    ended = count;
  });
  assert.equal(ended, 4);
  const [first, second, third, fourth] = outcomes;
  const isCut = at !== '';
  if (!isCut || second?.ok === true) assert.deepEqual(second, { ok: true, value: 'good\n' });
  assert.deepEqual(fourth, { ok: false, error: 'no such domain' });
  for (const [outcome, out, err] of [
    [first, firstOut, firstErr],
    [third, thirdOut, thirdErr],
  ] as const) {
    if (outcome?.ok === true) assert.equal(outcome.value, out);
    else if (!isCut) assert(complaintAndRemarks(err).complaint !== '');
  }
}

/** What a virsh that is kept open says is taken as soon as it has its end, and not before, whatever it says. */
function wholeAnswer(text: string): void {
  const [out = '', err = ''] = text.split('\u0001');
  const [first, last] = ['7.', '0123abcd.7'];
  if (text.includes(last)) return;
  const stdout = `virsh # echo ${first};list\n${first}\n${out}virsh # echo ${last};echo --err ${last}\n${last}\n`;
  const stderr = `${err}error: ${last}\n`;
  const answer = answerIn({ stdout, stderr }, first, last);
  assert(typeof answer === 'object' && answer.stdout.startsWith(`${out}virsh # `) && answer.stderr === err);
  for (const at of [out.length >> 1, stdout.length - 1])
    assert.equal(answerIn({ stdout: stdout.slice(0, at), stderr }, first, last), undefined);
  assert.equal(answerIn({ stdout, stderr: stderr.slice(0, -1) }, first, last), undefined);
}

function answering(stdout: string, stderr: string): Virsh {
  return async () => ({ stdout, stderr, exitCode: 0, firstStderrAtMs: 0 });
}

/** What a parser makes of a text; undefined where that is its own error. */
function parsed<T>({ parse }: Command<T>, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    expectParseError(error);
    return undefined;
  }
}

function expectParseError(error: unknown): void {
  if (!(error instanceof ParseError)) throw error;
  assert(error.message.length < 2000);
}

/** Ascending, of CPUs that a host can have, and the same when it is written and read. */
function expectSet(set: readonly number[] | undefined): void {
  if (set === undefined || set.length === 0) return;
  assert.deepEqual(parseCpuList(formatCpuSet(set)), set);
}
