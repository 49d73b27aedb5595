import { describe, expect, test } from 'vitest';
import { capabilities as command } from '../../../src/virsh/commands/capabilities.ts';
import { recorded } from '../../support/recorded.ts';

const { parse } = command;
const hostTopology = (xml: string) => parse(xml).topology;

const capabilities = (cells: string) =>
  `<capabilities><host><topology><cells>${cells}</cells></topology></host></capabilities>`;

describe('recorded', () => {
  test('a host with one cell', () => {
    const cpu = { cellId: 0, socketId: 0, dieId: 0 };
    expect(hostTopology(recorded('hosts/qemu-9.0.0/capabilities').stdout)).toEqual([
      { id: 0, ...cpu, coreId: 0, siblings: [0], l3Id: 0 },
      { id: 1, ...cpu, coreId: 1, siblings: [1], l3Id: 0 },
    ]);
  });

  test('two cells of eight', () => {
    const topology = hostTopology(recorded('hosts/test-driver-9.0.0/capabilities').stdout);
    expect(topology.map(({ cellId }) => cellId)).toEqual([...Array(8).fill(0), ...Array(8).fill(1)]);
    expect(topology[9]).toEqual({ id: 9, cellId: 1, socketId: 1, dieId: 0, coreId: 1, siblings: [9] });
  });
});

test('threads, numbers that look like others, CPUs out of order', () => {
  const xml = capabilities(`<cell id='007'><cpus>
    <cpu id='3' socket_id='0' core_id='1' siblings='1,3'/><cpu id='1' socket_id='0' core_id='1' siblings='1,3'/>
  </cpus></cell>`);
  expect(hostTopology(xml)).toEqual([
    { id: 1, cellId: 7, socketId: 0, dieId: 0, coreId: 1, siblings: [1, 3] },
    { id: 3, cellId: 7, socketId: 0, dieId: 0, coreId: 1, siblings: [1, 3] },
  ]);
});

test('an offline CPU has its number only, and is told apart', () => {
  const xml = capabilities(`<cell id='0'><cpus><cpu id='0' core_id='0'/><cpu id='1'/></cpus></cell>`);
  expect(parse(xml)).toMatchObject({ topology: [{ id: 0 }], offline: [1], remarks: [] });
});

test('where no CPU has more than its number, none is told to be offline', () => {
  const xml = capabilities(`<cell id='0'><cpus><cpu id='0'/><cpu id='1'/></cpus></cell>`);
  expect(parse(xml)).toEqual({ topology: [], offline: [], remarks: [] });
});

describe('an attribute that is odd costs that attribute', () => {
  const cpu = (id: number, attributes: string) => `<cpu id='${id}' ${attributes}/>`;
  const plain = "socket_id='1' die_id='2' core_id='3' siblings='1'";
  const whole = { id: 1, cellId: 0, socketId: 1, dieId: 2, coreId: 3, siblings: [1] };

  test.each([
    ['siblings', plain.replace("siblings='1'", "siblings=''"), {}, "siblings of CPU 1=''"],
    ['siblings of another kind', plain.replace("siblings='1'", "siblings='x'"), {}, "siblings of CPU 1='x'"],
    [
      'siblings without itself',
      plain.replace("siblings='1'", "siblings='5'"),
      { siblings: [1, 5] },
      undefined,
    ],
    ['die_id', plain.replace("die_id='2'", "die_id='-1'"), { dieId: 0 }, "die_id of CPU 1='-1'"],
    ['core_id', plain.replace("core_id='3'", "core_id='-1'"), { coreId: 1 }, "core_id of CPU 1='-1'"],
    ['socket_id', plain.replace("socket_id='1'", "socket_id='a'"), { socketId: 0 }, "socket_id of CPU 1='a'"],
    ['no core_id', plain.replace("core_id='3'", ''), { coreId: 1 }, undefined],
    [
      'a large number is one',
      plain.replace("die_id='2'", "die_id='4294967295'"),
      { dieId: 4_294_967_295 },
      undefined,
    ],
    ['a cluster', `${plain} cluster_id='36'`, { clusterId: 36 }, undefined],
    ['no cluster', `${plain} cluster_id='65535'`, {}, undefined],
    ['no cluster, by sysfs', `${plain} cluster_id='-1'`, {}, undefined],
    ['no cluster, unsigned', `${plain} cluster_id='4294967295'`, {}, undefined],
    ['an odd cluster', `${plain} cluster_id='x'`, { clusterId: undefined }, "cluster_id of CPU 1='x'"],
  ])('%s', (_, attributes, over, remark) => {
    const xml = capabilities(
      `<cell id='0'><cpus>${cpu(0, "core_id='9' siblings='0'")}${cpu(1, attributes)}</cpus></cell>`,
    );
    const { topology, remarks } = parse(xml);
    expect(topology[1]).toEqual({ ...whole, ...over });
    expect(remarks).toEqual(
      remark === undefined ? [] : [`'virsh capabilities' has ${remark}, which is not used`],
    );
  });

  test('an id that is none costs that CPU, one of a cell its CPUs, one that is there twice the second', () => {
    const { topology, remarks } = parse(
      capabilities(
        `<cell id='x'><cpus>${cpu(0, plain)}</cpus></cell><cell id='1'><cpus><cpu id='y' core_id='0'/>` +
          `${cpu(2, plain)}${cpu(2, plain)}<cpu/></cpus></cell><cell/>`,
      ),
    );
    expect(topology.map(({ id, cellId }) => [id, cellId])).toEqual([[2, 1]]);
    expect(remarks).toHaveLength(2);
  });

  test('a thread that names no siblings belongs to the core that names it', () => {
    const xml = capabilities(
      `<cell id='0'><cpus>${cpu(0, "core_id='0' siblings='0,4'")}${cpu(4, "core_id='0' siblings=''")}</cpus></cell>`,
    );
    expect(hostTopology(xml).map(({ siblings }) => siblings)).toEqual([
      [0, 4],
      [0, 4],
    ]);
  });

  test('of many that are odd the first are told', () => {
    const cpus = Array.from({ length: 30 }, (_, id) => cpu(id, "core_id='-1'")).join('');
    const { remarks } = parse(capabilities(`<cell id='0'><cpus>${cpus}</cpus></cell>`));
    expect(remarks).toHaveLength(21);
    expect(remarks[20]).toBe("'virsh capabilities' has 10 more that are not used");
  });
});

describe('last-level caches', () => {
  const host = (banks: string) =>
    capabilities(
      `<cell id='0'><cpus>${[0, 1, 2, 3].map((id) => `<cpu id='${id}' core_id='${id}' siblings='${id}'/>`).join('')}</cpus></cell>`,
    ).replace('</host>', `<cache>${banks}</cache></host>`);
  const l3 = (banks: string) => hostTopology(host(banks)).map(({ l3Id }) => l3Id);

  test('recorded: one for all', () => {
    const { topology } = parse(recorded('hosts/demand-9.0.0/capabilities').stdout);
    expect(topology.map(({ l3Id }) => l3Id)).toEqual([0, 0]);
  });

  test.each([
    [
      'two',
      "<bank id='0' level='3' type='both' cpus='0-1'/><bank id='1' level='3' type='both' cpus='2-3'/>",
      [0, 0, 2, 2],
    ],
    [
      'of another level',
      "<bank id='0' level='2' type='both' cpus='0-1'/>",
      [undefined, undefined, undefined, undefined],
    ],
    [
      'odd',
      "<bank id='0' level='3' cpus='x'/><bank id='1' level='3' cpus='3'/><bank/>",
      [undefined, undefined, undefined, 3],
    ],
    ['none', '', [undefined, undefined, undefined, undefined]],
  ])('%s', (_, banks, ids) => {
    expect(l3(banks)).toEqual(ids);
  });
});

test('a host that tells no topology', () => {
  expect(hostTopology('<capabilities><host><uuid>1</uuid></host></capabilities>')).toEqual([]);
});

describe('garbled', () => {
  test.each([
    ['nothing', '', 'XML: ""'],
    ['no XML', 'Segmentation fault', 'XML: "Segmentation fault"'],
    ['another document', '<domain/>', 'host: "<domain/>"'],
  ])('%s', (_, xml, what) => {
    expect(() => hostTopology(xml)).toThrow(`'virsh capabilities' printed no usable ${what}`);
  });

  test('cut anywhere', () => {
    const xml = recorded('hosts/qemu-9.0.0/capabilities').stdout.trim();
    for (let length = 0; length < xml.length; length += 97) {
      expect(() => hostTopology(xml.slice(0, length))).toThrow(`'virsh capabilities' printed no usable XML`);
    }
  });
});
