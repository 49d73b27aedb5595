import { expect, test } from 'vitest';
import { hostFields, planFields } from '../../src/render/envelope.ts';
import { fakeUuid } from '../support/fake-host.ts';
import { hostLoadOf, loadOf, moveOf, planOf } from '../support/plans.ts';

const domain = { uuid: fakeUuid(1), name: 'web' };

test('the measured host', () => {
  const topology = [{ id: 0, cellId: 1, socketId: 2, dieId: 0, coreId: 3, siblings: [0] }];
  const missing = { kind: 'missing', reason: 'busy' } as const;
  const load = hostLoadOf(
    loadOf('web'),
    loadOf('web', {
      vcpu: 3,
      allowed: [0],
      limits: [{ set: [0], by: 'its <vcpupin>' }],
      placement: { affinity: [0, 1], lastPcpu: 1 },
      reading: missing,
    }),
  );
  expect(hostFields(load, topology, 2000.04)).toEqual({
    windowMs: 2000,
    delayAvailable: true,
    pcpus: [
      { pcpu: 0, cell: 1, socket: 2, core: 3, loadPct: 50, vcpus: 1 },
      { pcpu: 1, cell: undefined, socket: undefined, core: undefined, loadPct: 0, vcpus: 1 },
    ],
    vcpus: [
      {
        domain,
        vcpu: 0,
        pcpu: 0,
        affinity: '0',
        allowed: '0-1',
        limits: null,
        limitedBy: [],
        lastPcpu: 0,
        reading: 'measured',
        usagePct: 20,
        delayPct: 30,
        demandPct: 50,
      },
      {
        domain,
        vcpu: 3,
        pcpu: 1,
        affinity: '0-1',
        allowed: '0',
        limits: '0 (its <vcpupin>)',
        limitedBy: [{ cpus: '0', by: 'its <vcpupin>' }],
        lastPcpu: 1,
        reading: 'missing',
        reason: 'busy',
      },
    ],
  });
});

test('without delay', () => {
  const usageOnly = { kind: 'measured', usagePct: 33.33, delayPct: undefined } as const;
  expect(hostFields(hostLoadOf(loadOf('web', { reading: usageOnly })), [], 1)).toMatchObject({
    delayAvailable: false,
    vcpus: [{ usagePct: 33.3, delayPct: null, demandPct: 33.3 }],
  });
});

test('a plan', () => {
  const leftAlone = [
    { domain, vcpu: undefined, reason: 'paused' },
    { domain, vcpu: 1, reason: 'busy' },
  ];
  expect(planFields(planOf([moveOf(1, 'web', [1])], { leftAlone }))).toEqual({
    summary: 'the loads go from 0-120 % to 60-60 %',
    moves: [
      { domain, vcpu: 0, kind: 'move', from: '0', to: '1', demandPct: 45.6, reason: 'to make it even' },
    ],
    loads: [
      { pcpu: 0, cpus: '0', beforePct: 120, afterPct: 60, vcpusBefore: 3, vcpusAfter: 1 },
      { pcpu: 1, cpus: '1', beforePct: 0, afterPct: 60.4, vcpusBefore: 0, vcpusAfter: 2 },
    ],
    leftAlone: [
      { domain, vcpu: null, reason: 'paused' },
      { domain, vcpu: 1, reason: 'busy' },
    ],
  });
});
