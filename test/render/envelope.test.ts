import { expect, test } from 'vitest';
import type { HostLoad } from '../../src/model/host-load.ts';
import { hostFields, planFields, verdictFields } from '../../src/render/envelope.ts';
import { hostLoadOf, loadOf, moveOf, planOf } from '../support/plans.ts';
import { guestUuid } from '../support/sim-host.ts';

const domain = { uuid: guestUuid(1), name: 'web' };
const coverage = { measured: 1, running: 2, reason: 'busy' };

const fieldsOf = (load: HostLoad) =>
  hostFields({ measured: { load, coverage }, snapshot: { topology: [] }, windowMs: 1 });

test('the measured host', () => {
  const topology = [{ id: 0, cellId: 1, socketId: 2, dieId: 0, coreId: 3, siblings: [0] }];
  const missing = { kind: 'missing', reason: 'busy' } as const;
  const vcpus = hostLoadOf(
    loadOf('web'),
    loadOf('web', {
      vcpu: 3,
      allowed: [0],
      limits: [{ set: [0], by: 'its <vcpupin>' }],
      placement: { affinity: [0, 1], lastPcpu: 1 },
      reading: missing,
    }),
  );
  const overheads = [{ domain, overheadPct: 33.333 }];
  const load = { ...vcpus, background: new Map([[1, 90.46]]), overheads };
  expect(hostFields({ measured: { load, coverage }, snapshot: { topology }, windowMs: 2000.04 })).toEqual({
    windowMs: 2000,
    paused: null,
    delayAvailable: true,
    coverage: { measured: 1, running: 2, reason: 'busy' },
    pcpus: [
      { pcpu: 0, cell: 1, socket: 2, core: 3, loadPct: 50, guestPct: 50, backgroundPct: 0, vcpus: 1 },
      {
        pcpu: 1,
        cell: undefined,
        socket: undefined,
        core: undefined,
        loadPct: 90.5,
        guestPct: 0,
        backgroundPct: 90.5,
        vcpus: 1,
      },
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
        capPct: null,
        throttledPct: null,
        polledPct: null,
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
    overheads: [{ domain, overheadPct: 33.3 }],
  });
});

test('a vCPU below a quota, that polls', () => {
  const reading = {
    kind: 'measured',
    usagePct: 12,
    delayPct: 0,
    capPct: 20,
    throttledPct: 71.26,
    polledPct: 8,
  } as const;
  const { vcpus } = fieldsOf(hostLoadOf(loadOf('web', { reading })));
  expect(vcpus).toMatchObject([{ demandPct: 12, capPct: 20, throttledPct: 71.3, polledPct: 8 }]);
});

test('without delay', () => {
  const usageOnly = { kind: 'measured', usagePct: 33.33, delayPct: undefined } as const;
  expect(fieldsOf(hostLoadOf(loadOf('web', { reading: usageOnly })))).toMatchObject({
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
    verdict: { kind: 'moves', parts: [] },
    moves: [
      { domain, vcpu: 0, kind: 'move', from: '0', to: '1', demandPct: 45.6, reason: 'to make it even' },
    ],
    loads: [
      { pcpu: 0, cpus: '0', beforePct: 120, afterPct: 60, backgroundPct: 0, vcpusBefore: 3, vcpusAfter: 1 },
      { pcpu: 1, cpus: '1', beforePct: 0, afterPct: 60.4, backgroundPct: 0, vcpusBefore: 0, vcpusAfter: 2 },
    ],
    leftAlone: [
      { domain, vcpu: null, reason: 'paused' },
      { domain, vcpu: 1, reason: 'busy' },
    ],
  });
});

test('a verdict, with the figures of the plan that was judged', () => {
  const part = {
    kind: 'waits',
    text: 'waits: 2 of 5 cycles',
    cpus: [0, 1, 4],
    leastPct: 10.04,
    mostPct: 80,
    meanPct: 45,
    band: { lowPct: 39.4, highPct: 50.6 },
    proposal: { pins: 2, gain: 96.03, cautiousGain: 55, stdError: 7, unevenPerPcpu: 180, price: 40 },
    waited: { cycles: 2, of: 5 },
  } as const;
  const bare = { ...part, band: undefined, proposal: undefined, waited: undefined };
  expect(verdictFields({ kind: 'waits', components: [part, bare] })).toMatchObject({
    kind: 'waits',
    parts: [
      {
        kind: 'waits',
        text: 'waits: 2 of 5 cycles',
        cpus: '0-1,4',
        leastPct: 10,
        bandPct: [39.4, 50.6],
        pins: 2,
        gain: 96,
        cautiousGain: 55,
        noise: 7,
        price: 40,
        waitedCycles: 2,
        waitsCycles: 5,
      },
      { bandPct: null, pins: null, gain: null, noise: null, waitedCycles: null, waitsCycles: null },
    ],
  });
});
