import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vcpuinfo } from '../../../src/virsh/commands/vcpuinfo.ts';
import { recorded } from '../../support/recorded.ts';

const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000003';
const { words, parse } = vcpuinfo(uuid);

test('the domain is addressed by its UUID', () => {
  expect(words).toEqual(['vcpuinfo', uuid]);
});

describe('recorded', () => {
  test('sparse vCPUs, pinned and not', () => {
    expect([...parse(recorded('hosts/qemu-9.0.0/vcpuinfo.03').stdout)]).toEqual([
      [0, { affinity: [0], lastPcpu: 0, problem: undefined }],
      [1, { affinity: [0, 1], lastPcpu: 1, problem: undefined }],
      [3, { affinity: [0, 1], lastPcpu: 1, problem: undefined }],
    ]);
  });

  test('a paused domain has its places', () => {
    expect(parse(recorded('stderr/paused.vcpuinfo').stdout).get(0)?.affinity).toHaveLength(1);
  });

  test('a domain that is not running has none', () => {
    expect(() => parse(recorded('stderr/not-running.vcpuinfo').stdout)).toThrow(
      `'virsh vcpuinfo' printed no usable CPU of vCPU 0: "N/A"`,
    );
  });

  test('the test driver: fewer CPUs in the mask than the host has', () => {
    expect(parse(recorded('hosts/test-driver-9.0.0/vcpuinfo').stdout).get(1)).toEqual({
      affinity: [0, 1, 2, 3, 4, 5, 6, 7],
      lastPcpu: 15,
      problem: undefined,
    });
  });
});

describe('garbled', () => {
  const block = (over: Record<string, string>) =>
    Object.entries({ VCPU: '0', CPU: '1', State: 'running', 'CPU Affinity': 'yy', ...over })
      .map(([field, value]) => `${`${field}:`.padEnd(16)}${value}\n`)
      .join('');

  test.each([
    ['no block', '', 'VCPU: ""'],
    ['no vCPU number', block({ VCPU: 'x' }), 'VCPU: "x"'],
    ['text before its number', block({ VCPU: 'x1' }), 'VCPU: "x1"'],
    ['text behind its number', block({ VCPU: '1x' }), 'VCPU: "1x"'],
    ['no affinity', block({ 'CPU Affinity': '' }), 'CPU Affinity of vCPU 0: ""'],
    ['an empty affinity', block({ 'CPU Affinity': '--' }), 'CPU Affinity of vCPU 0: "--"'],
    [
      'another affinity',
      block({ 'CPU Affinity': '0-1 (out of 2)' }),
      'CPU Affinity of vCPU 0: "0-1 (out of 2)"',
    ],
  ])('%s', (_, stdout, what) => {
    expect(() => parse(stdout)).toThrow(`'virsh vcpuinfo' printed no usable ${what}`);
  });
});

describe('what is odd of a vCPU costs that of it alone', () => {
  const block = (number: number, cpu: string, state: string, affinity: string) =>
    `VCPU:           ${number}\nCPU:            ${cpu}\nState:          ${state}\nCPU Affinity:   ${affinity}\n\n`;
  const whole = block(0, '0', 'running', 'y-');
  const odd = (field: string, text: string) =>
    `'virsh vcpuinfo' printed no usable ${field} of vCPU 1: "${text}"`;

  test.each([
    ['N/A for its CPU', block(1, 'N/A', 'running', 'yy'), [0, 1], undefined, odd('CPU', 'N/A')],
    ['-1, formerly', block(1, '-1', 'running', 'yy'), [0, 1], undefined, odd('CPU', '-1')],
    [
      'a CPU with more behind it',
      block(1, '1 or 2', 'running', 'yy'),
      [0, 1],
      undefined,
      odd('CPU', '1 or 2'),
    ],
    ['a CPU beyond all hosts', block(1, '99999', 'running', 'yy'), [0, 1], undefined, odd('CPU', '99999')],
    ['no affinity', block(1, '1', 'running', ''), undefined, 1, odd('CPU Affinity', '')],
    ['an empty affinity', block(1, '1', 'running', '--'), undefined, 1, odd('CPU Affinity', '--')],
    ['no state', block(1, '1', 'no state', 'yy'), [0, 1], 1, undefined],
    ['nothing but its configuration', block(1, 'N/A', 'N/A', 'yy'), undefined, undefined, odd('CPU', 'N/A')],
    [
      'cut within its mask',
      'VCPU:           1\nCPU:            1\nCPU Affinity:   y',
      undefined,
      1,
      odd('CPU Affinity', ''),
    ],
  ])('%s', (_, stdout, affinity, lastPcpu, problem) => {
    const infos = parse(`${whole}${stdout}`);
    expect(infos.get(1)).toEqual({ affinity, lastPcpu, problem });
    expect(infos.get(0)).toEqual({ affinity: [0], lastPcpu: 0, problem: undefined });
  });

  test('a block without a number is nobody', () => {
    expect([...parse(`Welcome\nVCPU:           x\nCPU:            0\n\n${whole}`).keys()]).toEqual([0]);
  });
});

test('what is printed is read again', () => {
  const affinity = fc.uniqueArray(fc.nat(200), { minLength: 1 }).map((cpus) => cpus.sort((a, b) => a - b));
  const placement = fc.record({ affinity, lastPcpu: fc.nat(4096) });
  const rows = fc.uniqueArray(fc.tuple(fc.nat(999), placement), {
    minLength: 1,
    selector: ([number]) => number,
  });
  fc.assert(
    fc.property(rows, fc.nat(40), (vcpus, offline) => {
      const blocks = vcpus.map(([number, { affinity: cpus, lastPcpu }]) => {
        const length = Math.max(...cpus) + 1 + offline;
        const mask = Array.from({ length }, (_, cpu) => (cpus.includes(cpu) ? 'y' : '-')).join('');
        return `VCPU:           ${number}\nCPU:            ${lastPcpu}\nState:          running\nCPU Affinity:   ${mask}\n`;
      });
      const infos = [...parse(`${blocks.join('\n')}\n`)];
      expect(infos).toEqual(vcpus.map(([number, place]) => [number, { ...place, problem: undefined }]));
    }),
  );
});
