import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseKernelCpuList } from '../../src/model/cpu-set.ts';
import { type Command, ParseError } from '../../src/virsh/command.ts';
import { capabilities } from '../../src/virsh/commands/capabilities.ts';
import { domid } from '../../src/virsh/commands/domid.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { dumpxml } from '../../src/virsh/commands/dumpxml.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { nodecpumap } from '../../src/virsh/commands/nodecpumap.ts';
import { nodecpustats } from '../../src/virsh/commands/nodecpustats.ts';
import { pciDeviceCell } from '../../src/virsh/commands/nodedev-dumpxml.ts';
import { uri } from '../../src/virsh/commands/uri.ts';
import { vcpuinfo } from '../../src/virsh/commands/vcpuinfo.ts';
import { unicodeText } from '../support/any-text.ts';
import { recorded } from '../support/recorded.ts';

// Whatever virsh prints, a parser ends in a value or in a ParseError, which costs that answer alone.

const uuidOf = (end: string) => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${end}`;
const uuid = uuidOf('03');
const device = pciDeviceCell({ domain: 0, bus: 0, slot: 0, function: 0 });

const commands: readonly (readonly [string, Command<unknown>])[] = [
  ['hosts/demand-9.0.0/capabilities', capabilities],
  ['hosts/demand-9.0.0/domstats--state--vcpu--cpu-total--list-running--nowait', domstats],
  ['hosts/demand-9.0.0/dumpxml.capped', dumpxml(uuidOf('61'))],
  ['hosts/demand-9.0.0/dumpxml.celled', dumpxml(uuidOf('62'))],
  ['hosts/limits-9.0.0/dumpxml.live-metadata', dumpxml(uuidOf('50'))],
  ['hosts/demand-9.0.0/nodecpustats.0', nodecpustats(0)],
  ['hosts/demand-9.0.0/nodedev-dumpxml.no-cell', device],
  ['hosts/demand-9.0.0/vcpuinfo.plain', vcpuinfo(uuid)],
  ['hosts/limits-9.0.0/domid.bound', domid(uuid)],
  ['hosts/qemu-9.0.0/list', list],
  ['hosts/qemu-9.0.0/nodecpumap', nodecpumap],
  ['hosts/qemu-9.0.0/uri', uri],
];

/** What takes the place of a piece of a text: nothing, the piece again and again, and what parsers stumble over. */
const pieces = fc.oneof(
  fc.constantFrom(
    ...[
      '<!--',
      '<![CDATA[',
      ']]>',
      '<__proto__/>',
      '<constructor/>',
      '</domain>',
      '<',
      '>',
      "'",
      '"',
      '&lt;',
      '<?x',
      '\n',
    ],
    ...[
      '<!DOCTYPE a [',
      '-1',
      '4294967295',
      '9'.repeat(30),
      'N/A',
      '^',
      '0-99999',
      ',',
      '\0',
      '\u2028',
      '  ',
      'Domain: ',
      '=',
    ],
  ),
  unicodeText({ maxLength: 6 }),
);
const changes = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(40),
    piece: pieces,
    times: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutated(
  text: string,
  all: readonly { at: number; cut: number; piece: string; times: number }[],
): string {
  return all.reduce((left, { at, cut, piece, times }) => {
    const from = Math.floor(at * left.length);
    return left.slice(0, from) + piece.repeat(times) + left.slice(from + cut);
  }, text);
}

describe('a recorded text that was changed here and there', () => {
  test.each(commands)('%s', (name, { parse }) => {
    const { stdout } = recorded(name);
    expect(() => parse(stdout)).not.toThrow();
    fc.assert(
      fc.property(changes, (all) => {
        try {
          parse(mutated(stdout, all));
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('what would take long if it were read more than once', () => {
  const domain = (inner: string) => `<domain id='1'>${inner}</domain>\n\n`;
  const many = 100_000;
  // Each of these took minutes, or filled the memory, in some version: the test would not end.
  test.each<[string, Command<unknown>, string]>([
    ['a name of spaces', list, `${uuid} ${' '.repeat(many * 10)}x${' '.repeat(many)}\n\n`],
    ['a name of spaces in domstats', domstats, `Domain: '${' '.repeat(many * 10)}x\n`],
    [
      'masks of another size than hosts have',
      vcpuinfo(uuid),
      `VCPU: 0\nCPU: 0\nCPU Affinity: ${'y'.repeat(many)}\n`,
    ],
    ['a map of such a size', nodecpumap, `CPU map: ${'y'.repeat(many)}\n`],
    [
      'devices that do not end',
      dumpxml(uuid),
      domain(`<devices>${"<hostdev type='pci'>".repeat(many)}</devices>`),
    ],
    [
      'devices that end once',
      dumpxml(uuid),
      domain(`<devices>${"<hostdev type='pci'>".repeat(many)}</hostdev></devices>`),
    ],
    ['elements within elements', dumpxml(uuid), domain('<a>'.repeat(many) + '</a>'.repeat(many))],
    ['comments that do not end', dumpxml(uuid), domain('<!--'.repeat(many))],
    ['metadata within metadata', dumpxml(uuid), domain(`<metadata>${'<metadata>'.repeat(many)}</metadata>`)],
    ['capabilities within capabilities', device, `<device>${'<capability>'.repeat(many)}</device>\n`],
  ])('%s', (_, { parse }, text) => {
    let outcome: unknown;
    try {
      outcome = parse(text);
    } catch (error) {
      outcome = error;
    }
    expect(outcome instanceof Error ? outcome : undefined).toSatisfy(
      (error) => error === undefined || error instanceof ParseError,
    );
  });

  test('the ranges of a metadata cost that domain alone, and are not listed one by one', () => {
    const word = (cpus: string) =>
      dumpxml(uuid).parse(
        domain(`<metadata><v:domain xmlns:v='urn:vcpusched:domain' cpus='${cpus}'/></metadata>`),
      ).metadata;
    expect(word(`${'0-16383,'.repeat(7000)}1`).rule.cpus?.set).toHaveLength(16_384);
    expect(word(`${'0-99999,'.repeat(7000)}1`).leave).toContain('its metadata cannot be understood: cpus=');
    expect(word(`${'0-3,'.repeat(30_000)}1`).leave).toContain('its metadata cannot be understood: cpus=');
    expect(word('0,'.repeat(100_000)).leave).toContain('it is longer than 131072 characters');
  });

  test('what others have written into the metadata is not parsed', () => {
    const metadata = `<metadata><__proto__ xmlns='urn:x'/><!-- </metadata>`;
    expect(dumpxml(uuid).parse(domain(metadata.replace('<!-- ', ''))).metadata).toEqual({
      rule: {},
      leave: undefined,
    });
    const ours = "<__proto__ xmlns='urn:vcpusched:domain'/>";
    expect(dumpxml(uuid).parse(domain(`<metadata>${ours}</metadata>`)).metadata.leave).toBe(
      'its metadata cannot be understood: it is no XML',
    );
  });

  test('a list of the kernel', () => {
    expect(parseKernelCpuList(Array(6000).fill('0-16383:2/3').join())).toBeUndefined();
  });
});
