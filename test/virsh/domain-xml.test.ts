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

  test.each([
    ['07', `it's "quoted"`],
    ['08', '  spaces around and  within '],
    ['13', 'Größe-日本-\u202eabc'],
    ['14', 'row\n6c0e3c5a-54d1-4b0e-9d8e-000000000001 web'],
    ['15', "line\n\n  vcpu.0.time=1\nDomain: 'web"],
  ])('the name of domain %s is %j', (number, name) => {
    expect(domainXml(recorded(`hosts/qemu-9.0.0/dumpxml.${number}`).stdout).name).toBe(name);
  });

  test.each([
    ["<domain id='1'><uuid/><name>x</name></domain>", undefined],
    ["<domain id='1'><name>a&amp;lt;b&lt;&#65;</name></domain>", 'a&lt;b<&#65;'],
    ["<domain id='1'><name></name></domain>", ''],
  ])('the name in %s', (xml, name) => {
    expect(domainXml(`${xml}\n\n`).name).toBe(name);
  });

  test('the test driver tells no more than it has', () => {
    expect(domainXml(recorded('hosts/test-driver-9.0.0/dumpxml').stdout)).toEqual({
      name: 'test',
      uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f',
      id: 1,
      cpuset: undefined,
      isAuto: false,
      pins: [],
      numatune: undefined,
      memnodes: [],
      quota: { vcpuPct: undefined, domainPct: undefined },
      realtime: [],
      emulator: [],
      guestThreads: 1,
      pciDevices: [],
      partition: undefined,
      metadata: silent,
    });
  });

  test.each([
    [
      'dumpxml.capped',
      { quota: { vcpuPct: 20, domainPct: 50 }, emulator: [[0]], pins: [{ vcpu: 0, cpus: [1] }] },
    ],
    ['dumpxml--inactive.capped', { quota: { vcpuPct: 20, domainPct: 50 }, emulator: [[0]] }],
    ['dumpxml.plain', { guestThreads: 2, quota: { vcpuPct: undefined, domainPct: undefined } }],
    [
      'dumpxml.celled',
      {
        numatune: { mode: 'preferred', cells: [0] },
        memnodes: [{ mode: 'strict', cells: [0], vcpus: [1] }],
        guestThreads: 1,
      },
    ],
  ])('%s', (name, expected) => {
    expect(domainXml(recorded(`hosts/demand-9.0.0/${name}`).stdout)).toMatchObject(expected);
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

describe('quotas', () => {
  const quota = (inner: string) => domainXml(domain(`<cputune>${inner}</cputune>`)).quota;

  test.each([
    ['of the usual period', '<quota>15000</quota>', 15],
    ['of another one', '<period>50000</period><quota>15000</quota>', 30],
    ['none', '<quota>-1</quota><period>100000</period>', undefined],
    ['0 says nothing', '<quota>0</quota>', undefined],
    ['a period of 0 says nothing', '<period>0</period><quota>15000</quota>', 15],
    ['no less than a pCPU', '<quota>100000</quota>', undefined],
    ['the largest that libvirt takes', '<quota>17592186044415</quota>', undefined],
    ['an absurd one', `<quota>${'9'.repeat(40)}</quota>`, undefined],
    ['no number', '<quota>lots</quota>', undefined],
    ['empty', '<quota/>', undefined],
    ['with children that are not known', '<energytune/><quota>15000</quota><shares>5</shares>', 15],
  ])('%s', (_, inner, vcpuPct) => {
    expect(quota(inner)).toEqual({ vcpuPct, domainPct: undefined });
  });

  test('of the domain, above a pCPU too', () => {
    const inner = '<global_period>100000</global_period><global_quota>250000</global_quota>';
    expect(quota(inner)).toEqual({ vcpuPct: undefined, domainPct: 250 });
  });
});

test.each([
  [
    'classes that are real time',
    "<cputune><vcpusched vcpus='0-2,^1' scheduler='fifo' priority='1'/><vcpusched vcpus='3' scheduler='rr' priority='1'/><vcpusched vcpus='4' scheduler='batch'/><vcpusched vcpus='5' scheduler='idle'/></cputune>",
    {
      realtime: [
        { vcpus: [0, 2], scheduler: 'fifo' },
        { vcpus: [3], scheduler: 'rr' },
      ],
    },
  ],
  [
    'threads of the emulator and for I/O',
    "<cputune><emulatorpin cpuset='3'/><iothreadpin iothread='1' cpuset='4'/><iothreadpin iothread='2' cpuset='5-6'/></cputune>",
    { emulator: [[3], [4], [5, 6]] },
  ],
  [
    'guest cells without numbers have those of their places',
    "<numatune><memnode cellid='1' nodeset='0'/></numatune><cpu><numa><cell cpus='0-1'/><cell cpus='2-3'/></numa></cpu>",
    { memnodes: [{ mode: 'strict', cells: [0], vcpus: [2, 3] }] },
  ],
  [
    'a memnode of a guest cell that there is not',
    "<numatune><memnode cellid='7' nodeset='0'/></numatune><cpu><numa><cell id='0' cpus='0'/></numa></cpu>",
    { memnodes: [] },
  ],
  ['numad', "<vcpu placement='auto'>2</vcpu>", { isAuto: true, cpuset: undefined }],
  ['threads that are none', "<cpu><topology threads='0'/></cpu>", { guestThreads: 1 }],
])('%s', (_, inner, expected) => {
  expect(domainXml(domain(inner))).toMatchObject(expected);
});

describe('passed-through PCI devices', () => {
  const hostdev = (inner: string, type = 'pci') =>
    `<hostdev mode='subsystem' type='${type}' managed='yes'>${inner}<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></hostdev>`;
  const source = (attributes: string) => `<source><address ${attributes}/></source>`;
  const card = source("domain='0x0000' bus='0x81' slot='0x1f' function='0x7'");

  test.each([
    ['one', hostdev(card), [{ domain: 0, bus: 0x81, slot: 0x1f, function: 7 }]],
    [
      'two among others',
      `<emulator>/x</emulator>${hostdev(card)}<disk/>${hostdev(source("bus='2' slot='0' function='0'"))}`,
      [
        { domain: 0, bus: 0x81, slot: 0x1f, function: 7 },
        { domain: 0, bus: 2, slot: 0, function: 0 },
      ],
    ],
    [
      'a virtual function as an interface, and an NVMe disk, beside ordinary ones',
      `<interface type='network'><source network='a'/></interface><interface type='hostdev' managed='yes'>${card}<address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></interface><disk type='file' device='disk'/><disk device='disk' type='nvme'><source type='pci' managed='yes'><address bus='2' slot='0' function='0'/></source></disk>`,
      [
        { domain: 0, bus: 0x81, slot: 0x1f, function: 7 },
        { domain: 0, bus: 2, slot: 0, function: 0 },
      ],
    ],
    ['of another kind', hostdev(card, 'usb'), []],
    ['one without a source: its address is that in the guest', hostdev(''), []],
    ['an address that is none', hostdev(source("domain='0x0000' bus='x' slot='0x00' function='0x0'")), []],
    ['none', '<disk/>', []],
  ])('%s', (_, devices, expected) => {
    expect(domainXml(domain(`<devices>${devices}</devices>`)).pciDevices).toEqual(expected);
  });
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
  [
    'whose class',
    domain("<cputune><vcpusched scheduler='fifo' priority='1'/></cputune>"),
    'vcpus of <vcpusched>: ""',
  ],
])('garbled: %s', (_, xml, what) => {
  expect(() => domainXml(xml)).toThrow(`'virsh dumpxml' printed no usable ${what}`);
});

test('the XML of another domain is no answer', () => {
  const uuid = (end: number) => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${end}`;
  const { stdout } = recorded('hosts/qemu-9.0.0/dumpxml.14');
  for (const command of [dumpxml, dumpxmlInactive]) {
    expect(command(uuid(14)).parse(stdout)).toMatchObject({ uuid: uuid(14) });
    expect(() => command(uuid(15)).parse(stdout)).toThrow(
      `printed no usable XML of that domain: "${uuid(14)}"`,
    );
  }
});
