import { describe, expect, test } from 'vitest';
import { domainXml } from '../../src/virsh/domain-xml.ts';
import { readMetadata } from '../../src/virsh/metadata.ts';

const read = (metadata: string) =>
  domainXml(`<domain id='1'><metadata>${metadata}</metadata></domain>`).metadata;
const element = (attributes: string) =>
  `<vcpusched:domain xmlns:vcpusched='urn:vcpusched:domain' ${attributes}/>`;
const cpus = (...set: readonly number[]) => ({ set, by: 'its metadata' });

test.each([
  [
    'all of it',
    element("cpus='0-3,8' priority='-5' managed='yes'"),
    { cpus: cpus(0, 1, 2, 3, 8), priority: -5 },
  ],
  ['nothing', element(''), {}],
  ['another prefix', "<v:domain xmlns:v='urn:vcpusched:domain' cpus='2'/>", { cpus: cpus(2) }],
  ['no prefix', "<domain xmlns='urn:vcpusched:domain' priority='1'/>", { priority: 1 }],
  [
    'among others',
    `<a:b xmlns:a='urn:a' managed='no'/>${element("priority='1'")}<c:d xmlns:c='urn:c'/>`,
    { priority: 1 },
  ],
  ['our name in the namespace of others', "<vcpusched:domain xmlns:vcpusched='urn:a' managed='no'/>", {}],
  ['a namespace that only begins as ours', "<v:domain xmlns:v='urn:vcpusched:domain:2' managed='no'/>", {}],
])('understood: %s', (_, metadata, rule) => {
  expect(read(metadata)).toEqual({ rule, leave: undefined });
});

test("managed='no'", () => {
  expect(read(element("managed='no'")).leave).toBe("its metadata says managed='no'");
});

describe('what is not understood keeps the domain where it is, and is named', () => {
  test.each([
    ['managed', element("managed='false'"), "managed='false'"],
    ['cpus', element("cpus='0-x'"), "cpus='0-x'"],
    ['no cpus', element("cpus='0,^0'"), "cpus='0,^0'"],
    ['empty cpus', element("cpus=''"), "cpus=''"],
    ['priority', element("priority='high'"), "priority='high'"],
    ['a fraction', element("priority='1.5'"), "priority='1.5'"],
    ['a misspelling', element("cpu='0-3'"), 'the attribute cpu is not known'],
    ['text', "<v:domain xmlns:v='urn:vcpusched:domain'>no</v:domain>", 'it holds more than attributes'],
    [
      'elements',
      "<v:domain xmlns:v='urn:vcpusched:domain'><v:managed/></v:domain>",
      'it holds more than attributes',
    ],
    ['another element', "<v:guest xmlns:v='urn:vcpusched:domain' managed='no'/>", '<v:guest> is not known'],
    ['two', element('') + element(''), 'more than one element'],
  ])('%s', (_, metadata, what) => {
    expect(read(metadata)).toEqual({ rule: {}, leave: `its metadata cannot be understood: ${what}` });
  });
});

test('what it says of an unknown name is short', () => {
  const long = 'a'.repeat(100_000);
  for (const element of [
    `<v:domain xmlns:v='urn:vcpusched:domain' ${long}='1'/>`,
    `<v:${long} xmlns:v='urn:vcpusched:domain'/>`,
  ])
    expect(readMetadata(element).leave).toMatch(/^.{80,160} is not known$/);
});
