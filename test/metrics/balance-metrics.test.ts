import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { type BalanceMetrics, balanceMetrics } from '../../src/metrics/balance-metrics.ts';
import { expositionsOf } from '../../src/metrics/exposition.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { CycleReport } from '../../src/model/cycle-report.ts';
import { vcpuKey } from '../../src/model/host-load.ts';
import { byRefusal } from '../../src/model/limit.ts';
import { unicodeText } from '../support/any-text.ts';
import { loadOf, moveOf } from '../support/plans.ts';
import { type Family, parseExposition, sampleValue } from './parse-exposition.ts';
import { done, reportOf } from './reports.ts';

const facts = { version: '1.2.3', nodeVersion: 'v20', perVcpu: false };

async function familiesOf({ registry }: BalanceMetrics): Promise<readonly Family[]> {
  return parseExposition(await expositionsOf(registry).formats.text.text());
}

async function familiesAfter(reports: readonly CycleReport[], perVcpu = false): Promise<readonly Family[]> {
  const metrics = balanceMetrics({ ...facts, perVcpu });
  for (const report of reports) metrics.cycle(report, 1_000_000);
  return familiesOf(metrics);
}

describe('before the first cycle', () => {
  test('no gauge but the build has a sample', async () => {
    const families = await familiesOf(balanceMetrics(facts));
    const gauges = families.filter(({ type, samples }) => type === 'gauge' && samples.length > 0);
    expect(gauges.map(({ name }) => name)).toEqual(['vcpusched_build_info']);
    expect(gauges[0]?.samples[0]).toMatchObject({
      labels: { version: '1.2.3', node_version: 'v20' },
      value: 1,
    });
  });

  test('counters that alerts look at are 0', async () => {
    const families = await familiesOf(balanceMetrics(facts));
    expect(sampleValue(families, 'vcpusched_cycles_total', { result: 'failed', reason: 'unavailable' })).toBe(
      0,
    );
    expect(sampleValue(families, 'vcpusched_moves_total', { result: 'failed', reason: 'move' })).toBe(0);
  });
});

describe('a cycle', () => {
  test('counts by its result and its verdict, and its moves by theirs', async () => {
    const [web, db, late, refused] = [1, 2, 3, 4].map((i) => moveOf(i, `guest-${i}`, [1]));
    if (!web || !db || !late || !refused) throw new Error('there are four');
    const families = await familiesAfter([
      reportOf(undefined, {
        verdict: 'acted',
        plan: { verdict: { kind: 'moves', components: [] } },
        applied: [
          done(web),
          { move: { ...db, kind: 'swap' }, error: 'no', shown: undefined },
          { move: late, error: 'no answer yet', shown: undefined, isWaiting: true },
          { move: refused, error: 'access denied', shown: undefined },
        ],
      }),
      reportOf(),
    ]);
    const cycles = (result: string, reason: string) =>
      sampleValue(families, 'vcpusched_cycles_total', { result, reason });
    const moves = (result: string, reason = 'move') =>
      sampleValue(families, 'vcpusched_moves_total', { result, reason });
    expect([cycles('acted', 'moves'), cycles('nothing-to-gain', 'balanced')]).toEqual([1, 1]);
    expect([moves('pinned'), moves('failed', 'swap'), moves('unanswered'), moves('not-permitted')]).toEqual([
      1, 1, 1, 1,
    ]);
    expect(moves('failed')).toBe(0);
    expect(sampleValue(families, 'vcpusched_cycle_duration_seconds_sum', { part: 'sample' })).toBeCloseTo(
      0.06,
    );
    expect(sampleValue(families, 'vcpusched_cycle_duration_seconds_count', { part: 'pin' })).toBe(2);
    expect(sampleValue(families, 'vcpusched_last_success_timestamp_seconds')).toBe(1000);
  });

  test('of a dry run has moves that are planned', async () => {
    const plan = { moves: [moveOf(1, 'web', [1])] };
    const families = await familiesAfter([reportOf(undefined, { verdict: 'planned', plan })]);
    expect(sampleValue(families, 'vcpusched_moves_total', { result: 'planned', reason: 'move' })).toBe(1);
  });

  test.each([
    [exitStatus.unavailable, 'unavailable'],
    [exitStatus.notPermitted, 'not-permitted'],
    [exitStatus.failed, 'failed'],
    [exitStatus.busy, 'failed'],
  ])('that ends with %s has failed: %s', async (status, reason) => {
    const metrics = balanceMetrics(facts);
    metrics.failed(new VcpuschedError(status, 'no'));
    const families = await familiesOf(metrics);
    expect(sampleValue(families, 'vcpusched_cycles_total', { result: 'failed', reason })).toBe(1);
    expect(sampleValue(families, 'vcpusched_last_success_timestamp_seconds')).toBeUndefined();
  });

  test('that could not do what it was for is no success', async () => {
    const could = reportOf(undefined, { verdict: 'could-not' });
    const unsaved = reportOf(undefined, { unsaved: new VcpuschedError(exitStatus.failed, 'disk full') });
    const families = await familiesAfter([could, unsaved]);
    expect(sampleValue(families, 'vcpusched_last_success_timestamp_seconds')).toBeUndefined();
  });

  test('measures each virsh process', async () => {
    const metrics = balanceMetrics(facts);
    metrics.virshEnded(80);
    metrics.virshEnded(700);
    const families = await familiesOf(metrics);
    const virsh = (suffix: string, labels = {}) =>
      sampleValue(families, `vcpusched_virsh_duration_seconds_${suffix}`, labels);
    expect([virsh('count'), virsh('bucket', { le: '0.1' })]).toEqual([2, 1]);
    expect(virsh('sum')).toBeCloseTo(0.78);
  });
});

describe('the host', () => {
  test('has loads in shares of a pCPU', async () => {
    const times = { busyNs: 0n, totalNs: 0n };
    const families = await familiesAfter([
      reportOf(undefined, {
        load: { background: new Map([[1, 25]]), capacity: new Map([[1, 0.5]]) },
        snapshot: { pcpuTimes: new Map([[1, times]]) },
      }),
    ]);
    const of = (name: string, pcpu: string) =>
      sampleValue(families, `vcpusched_pcpu_${name}_ratio`, { pcpu });
    expect(of('guest_load', '0')).toBeCloseTo(0.5004);
    expect([of('guest_load', '1'), of('host_load', '1'), of('capacity', '1')]).toEqual([0, 0.25, 0.5]);
    expect(of('capacity', '0')).toBe(1);
    // libvirt has told nothing of pCPU 0.
    expect(of('host_load', '0')).toBeUndefined();
  });

  test('has no load where nothing is known of the vCPUs there, and no imbalance', async () => {
    const unknown = loadOf('web', { reading: { kind: 'missing', reason: 'busy' } });
    const families = await familiesAfter([reportOf(), reportOf([unknown])]);
    expect(sampleValue(families, 'vcpusched_pcpu_guest_load_ratio', { pcpu: '0' })).toBeUndefined();
    for (const which of ['before', 'after', 'best'])
      expect(sampleValue(families, `vcpusched_imbalance_${which}_ratio`)).toBeUndefined();
    expect(sampleValue(families, 'vcpusched_vcpus_running')).toBe(1);
    expect(sampleValue(families, 'vcpusched_vcpus_measured')).toBe(0);
  });

  test('has the standard deviation of its loads, before, after, and of the best plan', async () => {
    const best = [{ cpus: [0, 1], loadPct: 60.2, backgroundPct: 0, vcpus: 3 }];
    const families = await familiesAfter([reportOf(undefined, { plan: { best } })]);
    const imbalance = (which: string) => sampleValue(families, `vcpusched_imbalance_${which}_ratio`);
    expect(imbalance('before')).toBeCloseTo(0.6);
    expect(imbalance('after')).toBeCloseTo(0.002);
    expect(imbalance('best')).toBe(0);
  });

  test('has nothing that is known after a cycle that failed, and its counters all the same', async () => {
    const metrics = balanceMetrics({ ...facts, perVcpu: true });
    metrics.cycle(reportOf(), 5000);
    metrics.failed(new VcpuschedError(exitStatus.unavailable, 'no daemon'));
    const families = await familiesOf(metrics);
    const gauges = families.filter(({ type, samples }) => type === 'gauge' && samples.length > 0);
    expect(gauges.map(({ name }) => name)).toEqual([
      'vcpusched_build_info',
      'vcpusched_last_success_timestamp_seconds',
    ]);
    expect(sampleValue(families, 'vcpusched_delay_ratio_count')).toBe(1);
  });

  test('has no pCPU that has gone', async () => {
    const families = await familiesAfter([reportOf(), reportOf([], { load: { pcpus: [0] } })]);
    expect(sampleValue(families, 'vcpusched_pcpu_capacity_ratio', { pcpu: '1' })).toBeUndefined();
  });

  test('counts the vCPUs to which libvirt has refused pCPUs', async () => {
    const refused = loadOf('web', { limits: [{ set: [0], by: byRefusal }] });
    const families = await familiesAfter([reportOf([refused, loadOf('db')])]);
    expect(sampleValue(families, 'vcpusched_vcpus_with_refused_pcpus')).toBe(1);
  });

  test('counts domains left alone once for each reason', async () => {
    const [a, b] = ['a', 'b'].map((name) => ({ uuid: name, name }));
    if (!a || !b) throw new Error('there are two');
    const leftAlone = [
      { domain: a, vcpu: 0, kind: 'policy', reason: 'x 1' },
      { domain: a, vcpu: 1, kind: 'policy', reason: 'x 2' },
      { domain: a, vcpu: 2, kind: 'limited', reason: 'y' },
      { domain: b, vcpu: undefined, kind: 'policy', reason: 'z' },
    ] as const;
    const families = await familiesAfter([reportOf(undefined, { plan: { leftAlone } })]);
    const left = (reason: string) => sampleValue(families, 'vcpusched_domains_left_alone', { reason });
    expect([left('policy'), left('limited'), left('foreign')]).toEqual([2, 1, 0]);
  });
});

describe('ready time', () => {
  const waiting = (delayPct: number | undefined) =>
    loadOf('web', { reading: { kind: 'measured', usagePct: 50, delayPct } });

  test('is observed for each vCPU in each cycle, and summed up in seconds', async () => {
    const cycle = reportOf([waiting(0), waiting(4), waiting(80)]);
    const families = await familiesAfter([cycle, cycle]);
    const bucket = (le: string) => sampleValue(families, 'vcpusched_delay_ratio_bucket', { le });
    expect([bucket('0.01'), bucket('0.05'), bucket('0.75'), bucket('1'), bucket('+Inf')]).toEqual([
      2, 4, 4, 6, 6,
    ]);
    expect(sampleValue(families, 'vcpusched_delay_seconds_total')).toBeCloseTo(2 * 0.84 * 2);
    expect(sampleValue(families, 'vcpusched_usage_seconds_total')).toBeCloseTo(6);
  });

  test('that libvirt does not report is not observed', async () => {
    const families = await familiesAfter([reportOf([waiting(undefined)])]);
    expect(sampleValue(families, 'vcpusched_delay_ratio_count')).toBe(0);
    expect(sampleValue(families, 'vcpusched_usage_seconds_total')).toBeCloseTo(1);
  });
});

describe('vCPUs', () => {
  const counters = { cpuTimeNs: 12_500_000_000n, delayNs: 250_000_000n };
  const domainOf = (name: string) => ({
    uuid: 'u',
    name,
    id: 1,
    bounds: unbounded,
    vcpus: [{ number: 3, counters, placement: undefined, problem: undefined }],
  });

  test('have no series of their own unless they are asked for', async () => {
    const families = await familiesAfter([reportOf(undefined, { snapshot: { domains: [domainOf('web')] } })]);
    expect(families.filter(({ name }) => name.startsWith('vcpusched_vcpu_'))).toEqual([]);
  });

  test("have libvirt's counters, and the demand", async () => {
    const load = loadOf('web', { vcpu: 3 });
    const families = await familiesAfter(
      [reportOf([load], { snapshot: { domains: [domainOf('web')] } })],
      true,
    );
    const labels = { domain: 'web', vcpu: '3' };
    expect(sampleValue(families, 'vcpusched_vcpu_usage_seconds_total', { ...labels, uuid: 'u' })).toBe(12.5);
    expect(sampleValue(families, 'vcpusched_vcpu_delay_seconds_total', labels)).toBe(0.25);
    expect(sampleValue(families, 'vcpusched_vcpu_demand_ratio', labels)).toBeCloseTo(0.5004);
    expect(vcpuKey(load)).toContain('/3');
  });

  test('that have gone have none, and unknown ready time is absent', async () => {
    const then = reportOf([], { snapshot: { domains: [domainOf('gone')] } });
    const now = reportOf([], { snapshot: { domains: [{ ...domainOf('web'), vcpus: [] }] } });
    const silent = domainOf('old').vcpus.map((vcpu) => ({
      ...vcpu,
      counters: { ...counters, delayNs: undefined },
    }));
    const old = reportOf([], { snapshot: { domains: [{ ...domainOf('old'), vcpus: silent }] } });
    expect(
      sampleValue(await familiesAfter([then, now], true), 'vcpusched_vcpu_usage_seconds_total'),
    ).toBeUndefined();
    const families = await familiesAfter([old], true);
    expect(sampleValue(families, 'vcpusched_vcpu_usage_seconds_total')).toBe(12.5);
    expect(sampleValue(families, 'vcpusched_vcpu_delay_seconds_total')).toBeUndefined();
  });

  test('may have any name', async () => {
    await fc.assert(
      fc.asyncProperty(unicodeText(), async (name) => {
        const families = await familiesAfter(
          [reportOf([], { snapshot: { domains: [domainOf(name)] } })],
          true,
        );
        expect(sampleValue(families, 'vcpusched_vcpu_usage_seconds_total', { domain: name })).toBe(12.5);
      }),
      { examples: [['a"b\\c\nd'], ['}\n# TYPE x y\nx 1'], ['\u2028\r\0']] },
    );
  });
});

describe('the formats', () => {
  test('OpenMetrics says the same as the text, before and after', async () => {
    const metrics = balanceMetrics({ ...facts, perVcpu: true });
    metrics.cycle(reportOf(), 5000);
    const { text, openmetrics } = expositionsOf(metrics.registry).formats;
    const first = await text.text();
    const [open, meanwhile] = await Promise.all([openmetrics.text(), text.text()]);
    expect([meanwhile, await text.text()]).toEqual([first, first]);
    expect(open.endsWith('\n# EOF\n')).toBe(true);
    const [inText, inOpen] = [parseExposition(first), parseExposition(open)];
    expect(inOpen.map(({ samples }) => samples)).toEqual(inText.map(({ samples }) => samples));
    expect(inOpen.map(({ name }) => name)).toEqual(inText.map(({ name }) => name.replace(/_total$/, '')));
    expect([text.contentType, openmetrics.contentType]).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ]);
  });

  test('are written anew only after a change', async () => {
    const metrics = balanceMetrics(facts);
    const { formats, changed } = expositionsOf(metrics.registry);
    const first = await formats.text.text();
    metrics.cycle(reportOf(), 5000);
    expect(await formats.text.text()).toBe(first);
    changed();
    expect(await formats.text.text()).not.toBe(first);
  });
});
