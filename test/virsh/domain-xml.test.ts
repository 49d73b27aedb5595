import { describe, expect, test } from 'vitest';
import { dumpxml, dumpxmlInactive } from '../../src/virsh/commands/dumpxml.ts';
import { domainXml } from '../../src/virsh/domain-xml.ts';
import { recorded } from '../support/recorded.ts';

const read = (name: string) => domainXml(recorded(`hosts/limits-9.0.0/${name}`).stdout);
const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000003';

test('the words', () => {
  expect(dumpxml(uuid).words).toEqual(['dumpxml', uuid]);
  expect(dumpxmlInactive(uuid).words).toEqual(['dumpxml', uuid, '--inactive']);
});

describe('recorded', () => {
  const said = { rule: { cpus: { set: [0, 1], by: 'its metadata' }, priority: 5 }, leave: undefined };
  const silent = { rule: {}, leave: undefined };

  test.each([
    [
      'dumpxml.bound',
      {
        id: 1,
        cpuset: [0, 1],
        pins: [
          { vcpu: 0, cpus: [0] },
          { vcpu: 1, cpus: [0] },
        ],
        numatune: { mode: 'strict', cells: [0] },
        partition: '/machine',
        metadata: said,
      },
    ],
    [
      'dumpxml--inactive.bound',
      { id: undefined, cpuset: [0, 1], pins: [{ vcpu: 0, cpus: [1] }], partition: undefined, metadata: said },
    ],
    ['dumpxml.passing', { id: 2, cpuset: [0], pins: [{ vcpu: 0, cpus: [1] }], numatune: undefined }],
    ['dumpxml.hinted', { cpuset: undefined, pins: [], numatune: { mode: 'preferred', cells: [0] } }],
    ['dumpxml--inactive.live-metadata', { metadata: silent }],
    ['dumpxml.removed', { metadata: silent }],
  ])('%s', (name, expected) => {
    expect(read(name)).toMatchObject(expected);
  });

  test('the test driver tells no more than it has', () => {
    expect(domainXml(recorded('hosts/test-driver-9.0.0/dumpxml').stdout)).toEqual({
      id: 1,
      cpuset: undefined,
      pins: [],
      numatune: undefined,
      partition: undefined,
      metadata: silent,
    });
  });
});

const domain = (inner: string) => `<domain type='kvm' id='3'>\n${inner}\n</domain>\n\n`;

test.each([
  [
    'a single pin is a list too',
    '<cputune><vcpupin vcpu="3" cpuset="0-3,^1"/></cputune>',
    { pins: [{ vcpu: 3, cpus: [0, 2, 3] }] },
  ],
  [
    'no mode is strict',
    "<numatune><memory nodeset='0-1'/></numatune>",
    { numatune: { mode: 'strict', cells: [0, 1] } },
  ],
  [
    'cells that numad chose',
    "<numatune><memory mode='strict' placement='auto'/></numatune>",
    { numatune: { mode: 'strict', cells: undefined } },
  ],
  [
    'what stands among the devices counts for nothing',
    "<vcpu>1</vcpu><devices><vcpu cpuset='7'/></devices>",
    { cpuset: undefined },
  ],
  [
    "libvirt's own <vcpusched> is not ours",
    "<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune>",
    { metadata: { rule: {}, leave: undefined } },
  ],
])('%s', (_, inner, expected) => {
  expect(domainXml(domain(inner))).toMatchObject(expected);
});

test.each([
  ['nothing', '', 'XML: ""'],
  [
    'a text that was cut',
    "<domain type='kvm' id='3'><vcpu>1</vcpu>",
    `XML: "<domain type='kvm' id='3'><vcpu>1</vcpu>"`,
  ],
  ['another document', '<capabilities></capabilities>', 'XML: "<capabilities></capabilities>"'],
  ['an id', "<domain id='x'></domain>", 'id: "x"'],
  ['a cpuset', domain("<vcpu cpuset='0-x'>1</vcpu>"), 'cpuset of <vcpu>: "0-x"'],
  ['a pin', domain("<cputune><vcpupin vcpu='0'/></cputune>"), 'cpuset of <vcpupin>: ""'],
  ['whose pin', domain("<cputune><vcpupin cpuset='0'/></cputune>"), 'vcpu of <vcpupin>: ""'],
  ['cells', domain("<numatune><memory nodeset='a'/></numatune>"), 'nodeset: "a"'],
])('garbled: %s', (_, xml, what) => {
  expect(() => domainXml(xml)).toThrow(`'virsh dumpxml' printed no usable ${what}`);
});
