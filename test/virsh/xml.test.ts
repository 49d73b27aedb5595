import { describe, expect, test } from 'vitest';
import { hostTopology } from '../../src/virsh/xml.ts';
import { recorded } from '../support/recorded.ts';

const capabilities = (cells: string) =>
  `<capabilities><host><topology><cells>${cells}</cells></topology></host></capabilities>`;

describe('recorded', () => {
  test('a host with one cell', () => {
    const cpu = { cellId: 0, socketId: 0, dieId: 0 };
    expect(hostTopology(recorded('hosts/qemu-9.0.0/capabilities').stdout)).toEqual([
      { id: 0, ...cpu, coreId: 0, siblings: [0] },
      { id: 1, ...cpu, coreId: 1, siblings: [1] },
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

test('an offline CPU has its number only and is left out', () => {
  const xml = capabilities(`<cell id='0'><cpus><cpu id='0' core_id='0'/><cpu id='1'/></cpus></cell>`);
  expect(hostTopology(xml).map(({ id }) => id)).toEqual([0]);
});

test('a host that tells no topology', () => {
  expect(hostTopology('<capabilities><host><uuid>1</uuid></host></capabilities>')).toEqual([]);
});

describe('garbled', () => {
  test.each([
    ['nothing', '', 'XML: ""'],
    ['no XML', 'Segmentation fault', 'XML: "Segmentation fault"'],
    ['another document', '<domain/>', 'host: "<domain/>"'],
    [
      'a CPU id that is none',
      capabilities(`<cell id='0'><cpus><cpu id='x' core_id='0'/></cpus></cell>`),
      'cpu id: "x"',
    ],
    ['a cell without id', capabilities(`<cell><cpus><cpu id='0' core_id='0'/></cpus></cell>`), 'cell id: ""'],
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
