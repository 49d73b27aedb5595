import { matchesDomain } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { DomainRef } from '../model/domain.ts';
import type { ExplainedDomain, ExplainedVcpu } from '../model/explained.ts';
import { type HostLoad, type VcpuLoad, whereItCounts } from '../model/host-load.ts';
import { loadByPcpu, type PcpuLoad } from '../model/pcpu-load.ts';
import type { Plan } from '../model/plan.ts';
import { coverageFields, jsonText, round, verdictFields } from '../render/envelope.ts';
import { explainFields } from '../render/explain-fields.ts';
import { explainText } from '../render/explain-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { measureWindow } from '../session/cycle.ts';
import { readSession } from '../session/session-opener.ts';
import { noSuchDomain } from '../session/warnings.ts';
import { runBatch } from '../virsh/batch.ts';
import { listAll } from '../virsh/commands/list-all.ts';
import type { Virsh } from '../virsh/runner.ts';

/**
 * Tells of each vCPU of a domain what it may use and by whose word, what it wants, when it was moved, and what a plan
 * made now says of it. Never pins.
 * @throws {VcpuschedError} status 64 where there is no such domain, 1 where it does not run
 */
export async function explain(settings: Settings, context: Context): Promise<ExitStatus> {
  const session = await readSession(settings, context);
  const report = await measureWindow(session, context, settings.window * 1000);
  const { snapshot, measured, plan, decidedAtMs } = report;
  const paused = snapshot.leftAlone.filter(({ vcpu }) => vcpu === undefined).map(({ domain }) => domain);
  const chosen = [...snapshot.domains, ...paused].filter(matchesDomain(settings.subject)).sort(byName);
  if (chosen.length === 0) throw await noneOf(settings.subject, session.virsh, context.signal);
  const carried = loadByPcpu(measured.load);
  const rest = (vcpu: VcpuLoad) => session.balance.moveLimits(vcpu, decidedAtMs);
  const domains = chosen.map((domain) => explained(domain, measured.load, carried, plan, rest));
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      windowMs: round(report.windowMs),
      coverage: coverageFields(measured.coverage),
      summary: plan.summary,
      verdict: verdictFields(plan.verdict),
      domains: explainFields(domains),
    };
    context.out(jsonText('explain', context.date(), fields));
  } else if (!settings.quiet) {
    context.out(explainText(domains, report, chooseStyle(settings.color, context.terminal)));
  }
  return exitStatus.done;
}

function explained(
  { uuid, name }: DomainRef,
  load: HostLoad,
  carried: ReadonlyMap<number, PcpuLoad>,
  plan: Plan,
  moveLimitsOf: (vcpu: VcpuLoad) => Pick<ExplainedVcpu, 'moves' | 'maxRate' | 'cooldown'>,
): ExplainedDomain {
  const vcpus = load.vcpus
    .filter(({ domain }) => domain.uuid === uuid)
    .flatMap((vcpu): readonly ExplainedVcpu[] => {
      const pcpu = whereItCounts(vcpu);
      const there = carried.get(pcpu);
      if (there === undefined) return [];
      return [{ load: vcpu, pcpu, carried: there, ...moveLimitsOf(vcpu), decision: decisionFor(vcpu, plan) }];
    });
  const shown = new Set(vcpus.map((each) => each.load.vcpu));
  const unknown = plan.leftAlone.filter(
    ({ domain, vcpu }) =>
      domain.uuid === uuid && (vcpu === undefined ? vcpus.length === 0 : !shown.has(vcpu)),
  );
  return { domain: { uuid, name }, vcpus, unknown };
}

/** A pin, or why there is none: what holds this vCPU, or what was decided on its part of the host. */
function decisionFor(each: VcpuLoad, plan: Plan): ExplainedVcpu['decision'] {
  const isIt = ({ domain, vcpu }: { readonly domain: DomainRef; readonly vcpu: number | undefined }) =>
    domain.uuid === each.domain.uuid && (vcpu === undefined || vcpu === each.vcpu);
  const move = plan.moves.find(isIt);
  if (move !== undefined) return move;
  const left = plan.leftAlone.find(isIt);
  if (left !== undefined) return { kind: 'stays', reason: left.reason };
  const part = plan.verdict.components.find(({ cpus }) => cpus.includes(whereItCounts(each)));
  if (plan.verdict.kind === 'unmeasured' || part === undefined)
    return { kind: 'stays', reason: plan.summary };
  const reason = part.kind === 'moves' ? 'the plan gains what there is to gain without it' : part.text;
  return { kind: 'stays', reason };
}

/** As people count. */
function byName(a: DomainRef, b: DomainRef): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.uuid < b.uuid ? -1 : 1);
}

/** Why there is nothing to explain: it does not run, or it is not there. */
async function noneOf(target: string, virsh: Virsh, signal: AbortSignal): Promise<VcpuschedError> {
  const [domains] = (await runBatch(virsh, [listAll], signal)).outcomes;
  const all = domains.ok ? domains.value : [];
  if (all.some(matchesDomain(target)))
    return new VcpuschedError(
      exitStatus.failed,
      `explain ${target}: it does not run: start it, and ask again`,
    );
  return new VcpuschedError(exitStatus.usage, `explain ${target}: ${noSuchDomain(target, all)}`);
}
