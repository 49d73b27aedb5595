import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExplainedVcpu } from '../../src/model/explained.ts';
import { explainText } from '../../src/render/explain-text.ts';
import { style } from '../../src/render/style.ts';
import { anyText, control } from '../support/any-text.ts';
import { loadOf, moveOf } from '../support/plans.ts';

const nowMs = 10_000_000;
const plain: ExplainedVcpu = {
  load: loadOf('web'),
  pcpu: 0,
  carried: { guestPct: 50, backgroundPct: 0, loadPct: 50, vcpus: [] },
  moves: [],
  maxRate: 480,
  cooldown: { seconds: 0, by: '--cooldown', leftMs: 0 },
  decision: { kind: 'stays', reason: 'balanced: loads of 50 %' },
};
const { domain } = plain.load;

const text = (vcpu: Partial<ExplainedVcpu>, summary = 'balanced: loads of 50 %') =>
  explainText(
    [{ domain, vcpus: [{ ...plain, ...vcpu }], unknown: [] }],
    { plan: { summary }, windowMs: 2004, decidedAtMs: nowMs },
    style(false, false),
  );

test('a vCPU that nothing holds', () => {
  expect(text({})).toMatchInlineSnapshot(`
    "web (6c0e3c5a-54d1-4b0e-9d8e-000000000001)

      vCPU 0, affinity 0, last ran on 0
        may use   0-1
                  nothing but --cpus and the host restricts it
        demand    50 %: usage 20 %, ready 30 %; measured over 2.0 s
        pCPU 0    at 50 %
        moves     0 within the last hour, of 480 at most (--max-rate)
        cooldown  none (--cooldown)
        decision  stays: balanced: loads of 50 %

    Plan: balanced: loads of 50 %
    "
  `);
});

test('all that can be said of one', () => {
  const reading = {
    kind: 'measured',
    usagePct: 12,
    delayPct: 3,
    capPct: 20,
    throttledPct: 70,
    polledPct: 5,
  } as const;
  const limits = [
    { set: [0, 1], by: 'its <vcpupin>' },
    { set: [], by: 'its cgroup' },
  ];
  const at = (secondsAgo: number, to: number) => ({
    key: 'k',
    atMs: nowMs - secondsAgo * 1000,
    from: [1 - to],
    to: [to],
  });
  expect(
    text({
      load: loadOf('web', { reading, limits, allowed: [0, 1], vcpu: 3 }),
      carried: { guestPct: 50, backgroundPct: 90, loadPct: 140, vcpus: [] },
      moves: [3000, 2500, 2000, 1500, 1000, 15].map((ago, i) => at(ago, i % 2)),
      cooldown: { seconds: 60, by: 'c.toml:3', leftMs: 44_100 },
      decision: moveOf(1, 'web', [1], {
        reason: 'pCPU 0 at 140 %, of which 90 % is the host’s own, pCPU 1 at 0 %',
      }),
    }),
  ).toMatchInlineSnapshot(`
    "web (6c0e3c5a-54d1-4b0e-9d8e-000000000001)

      vCPU 3, affinity 0, last ran on 0
        may use   0-1
                  0-1 by its <vcpupin>
                  none by its cgroup
        demand    15 %: usage 12 %, ready 3 %; measured over 2.0 s
                  its quota lets it use 20 %, throttled 70 %
                  KVM polled for 5 %, which is no demand
        pCPU 0    at 140 %: guests 50 %, host 90 %
        moves     6 within the last hour, of 480 at most (--max-rate)
                  0:41:40 ago from 0 to 1
                  0:33:20 ago from 1 to 0
                  0:25:00 ago from 0 to 1
                  0:16:40 ago from 1 to 0
                  0:00:15 ago from 0 to 1
        cooldown  60 seconds after a move (c.toml:3), 45 seconds left
        decision  goes to 1: move: pCPU 0 at 140 %, of which 90 % is the host’s own,
                  pCPU 1 at 0 %

    Plan: balanced: loads of 50 %
    "
  `);
});

describe('what is not known', () => {
  test('the demand, and the delay of an old libvirt', () => {
    const unread = loadOf('web', { reading: { kind: 'missing', reason: 'timed out' } });
    expect(text({ load: unread })).toContain('    demand    not known: timed out\n');
    const old = loadOf('web', { reading: { kind: 'measured', usagePct: 20, delayPct: undefined } });
    expect(text({ load: old })).toContain('usage 20 %, ready is not reported (before libvirt 7.2)');
  });

  test('a vCPU, or all of a domain', () => {
    const unknown = [
      { vcpu: undefined, reason: 'it is not running (paused, or changing its state)' },
      { vcpu: 3, reason: 'timed out' },
    ];
    const shown = explainText(
      [{ domain, vcpus: [], unknown }],
      { plan: { summary: 'x' }, windowMs: 2000, decidedAtMs: nowMs },
      style(false, false),
    );
    expect(shown).toContain('    all of it  it is not running (paused, or changing its state)\n');
    expect(shown).toContain('    vCPU 3    timed out\n');
  });
});

test('whatever domains are called and reasons say: no control character, and 80 columns where words allow it', () => {
  const words = fc.array(fc.string({ maxLength: 20 }), { maxLength: 60 }).map((all) => all.join(' '));
  fc.assert(
    fc.property(anyText, fc.oneof(anyText, words), (name, reason) => {
      const shown = text({ load: loadOf(name), decision: { kind: 'stays', reason } }, reason);
      expect(shown.replaceAll('\n', '')).not.toMatch(control);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 60 }), (all) => {
      const shown = text({ decision: { kind: 'stays', reason: all.join(' ') } }, all.join(' '));
      expect(Math.max(...shown.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    }),
  );
});
