import type { Coverage } from '../model/coverage.ts';
import { type CpuSet, cpuSet } from '../model/cpu-set.ts';
import type { Measured } from '../model/cycle-report.ts';
import type { Domain, DomainRef } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import type { Reading, VcpuLoad } from '../model/host-load.ts';
import type { LeftAlone } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Background } from './background.ts';
import { allowedOn, type LimitScope } from './limits.ts';
import { overheadsBetween, sameStart, vcpuThen } from './overheads.ts';
import { readingsOf } from './reading.ts';

/** What vcpusched may use and touch. */
export type Scope = LimitScope & {
  /** why a domain must not be touched; undefined where it may be */
  readonly exclusion: (domain: DomainRef) => string | undefined;
  /** what the configuration says of a domain */
  readonly rule: (domain: DomainRef) => DomainRule;
  /** what pCPUs can do, by the settings: they have the word over what this machine's files say */
  readonly capacity?: ReadonlyMap<number, number> | undefined;
};

/**
 * What each vCPU used and waited for between two snapshots. A vCPU whose place is unknown in both cannot be
 * counted anywhere and is only named; one whose counters are missing stays, with a reading that says so.
 * @param background what pCPUs carry besides, as backgroundOf has it
 * @param limits what says where each vCPU may be
 */
export function measure(
  before: Snapshot,
  after: Snapshot,
  scope: Scope,
  { background, floating }: Background = { background: new Map(), floating: new Map() },
  limits = allowedOn,
): Measured {
  const windowMs = after.takenAtMs - before.takenAtMs;
  const allowed = limits(after, scope);
  const offers = new Set<CpuSet>();
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  const vcpus: VcpuLoad[] = [];
  const leftAlone: LeftAlone[] = [...after.leftAlone];
  const looked: Looked[] = [];
  for (const domain of after.domains) {
    const ref = { uuid: domain.uuid, name: domain.name };
    const rule = scope.rule(ref);
    const exclusion = scope.exclusion(ref);
    const leave = exclusion ?? domain.bounds.leave;
    const stay: LeftAlone[] = [];
    const then = sameStart(earlier.get(domain.uuid), domain);
    const readings = readingsOf(then, domain, windowMs);
    if (exclusion === undefined && domain.bounds.unmanaged !== true) looked.push({ domain, readings });
    for (const [i, vcpu] of domain.vcpus.entries()) {
      const placement = vcpu.placement ?? vcpuThen(then, vcpu.number, i)?.placement;
      if (placement === undefined) {
        const reason = vcpu.problem ?? 'its place is not known';
        if (leave === undefined)
          leftAlone.push({ domain: ref, vcpu: vcpu.number, kind: 'unmeasured', reason });
      } else {
        const at = allowed.of(domain, vcpu.number, placement.affinity, rule);
        const { offered, pcpus, fixed, guestCore, deviceCells } = at;
        if (leave === undefined) offers.add(offered);
        if (fixed !== undefined)
          stay.push({ domain: ref, vcpu: vcpu.number, kind: 'limited', reason: fixed });
        vcpus.push({
          domain: ref,
          vcpu: vcpu.number,
          placement,
          allowed: pcpus,
          limits: at.limits,
          reading: readings.get(vcpu.number) ?? { kind: 'missing', reason: 'it could not be read' },
          fixed: leave ?? fixed,
          priority: rule.priority ?? domain.bounds.word.priority ?? 0,
          guestCore,
          deviceCells,
        });
      }
    }
    if (leave === undefined) leftAlone.push(...together(stay, domain));
    else {
      const kind = exclusion !== undefined ? 'excluded' : domain.bounds.unmanaged ? 'unmanaged' : 'unknown';
      leftAlone.push({ domain: ref, vcpu: undefined, kind, reason: leave });
    }
  }
  const pcpus = cpuSet([...(offers.size > 0 ? offers : [allowed.common])].flat());
  const { topology } = after;
  const capacity = new Map([...after.capacity, ...(scope.capacity ?? [])]);
  const overheads = overheadsBetween(before, after);
  return {
    load: { pcpus, topology, background, floating, capacity, overheads, vcpus },
    leftAlone,
    coverage: coverageOf(looked),
  };
}

/** One entry for the domain where all its vCPUs are left alone for the same reason. */
function together(stay: readonly LeftAlone[], { vcpus }: Domain): readonly LeftAlone[] {
  const [first] = stay;
  const isAll = stay.length === vcpus.length && new Set(stay.map(({ reason }) => reason)).size === 1;
  return first !== undefined && isAll ? [{ ...first, vcpu: undefined }] : stay;
}

type Looked = { readonly domain: Domain; readonly readings: ReadonlyMap<number, Reading> };

function coverageOf(looked: readonly Looked[]): Coverage {
  const readings = looked.flatMap((each) => [...each.readings.values()]);
  const unknown = readings.flatMap((reading) => (reading.kind === 'measured' ? [] : [reading.reason]));
  const starting = unknown.filter((reason) => reason.startsWith('it has just')).length;
  // A domain of which nothing at all could be read has one vCPU at least.
  const silent = looked.filter(({ domain }) => domain.vcpus.length === 0).length;
  return {
    measured: readings.length - unknown.length,
    running: readings.length + silent,
    ...(starting > 0 && { starting }),
    reason: unknown[0] ?? (silent > 0 ? 'libvirt reports nothing of its vCPUs' : undefined),
  };
}
