import type { Applied } from '../apply/apply-plan.ts';
import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import type { Measured } from '../host/measure.ts';
import { isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { Pin } from '../model/pin.ts';
import type { LeftAlone, Plan } from '../model/plan.ts';
import { type Envelope, hostFields, moveFields, planFields } from '../render/envelope.ts';
import { counted } from '../render/figures.ts';
import { leftAloneText } from '../render/left-alone-text.ts';
import { safeJson, safeText } from '../render/safe-text.ts';
import { type Style, style } from '../render/style.ts';
import type { Gathered } from '../session/gather.ts';
import type { Restored } from '../session/restore-pins.ts';
import type { World } from '../session/world.ts';

/** Prints the JSON of a command, under the head that all have: on one line where it is one of many. */
export function printJson(command: string, fields: Readonly<Record<string, unknown>>, world: World): void {
  const envelope: Envelope = { formatVersion: 1, command, time: world.date().toISOString(), ...fields };
  world.out(`${safeJson(envelope, command === 'watch' ? undefined : 2)}\n`);
}

/** Prints the JSON of a command that has measured the host. */
export function printEnvelope(
  command: string,
  settings: Settings,
  world: World,
  { measured, snapshot, windowMs }: Gathered,
  more: Readonly<Record<string, unknown>>,
): void {
  const host = hostFields(measured.load, measured.coverage, snapshot.topology, windowMs);
  printJson(command, { connection: settings.connect ?? null, ...host, ...more }, world);
}

/** The plan and what became of each of its moves. */
export function appliedFields(plan: Plan, applied: readonly Applied[]): Readonly<Record<string, unknown>> {
  const results = new Map(applied.map(({ move, error }) => [move, error]));
  return {
    ...planFields(plan),
    moves: plan.moves.map((move) => ({
      ...moveFields(move),
      done: results.has(move) && results.get(move) === undefined,
      error: results.get(move) ?? null,
    })),
  };
}

/** One line that says what was done. */
export function summaryLine(plan: Plan, applied: readonly Applied[]): string {
  if (plan.moves.length === 0) return `nothing moved: ${plan.summary}`;
  const failed = applied.filter(({ error }) => error !== undefined).length;
  const done = `pinned ${counted(applied.length - failed, 'vCPU')}`;
  return `${done}${failed > 0 ? `, ${failed} failed` : ''}: ${plan.summary}`;
}

/** Tells on stderr each move that failed and, with --verbose, each that was done and what was left alone. */
export function tellMoves(plan: Plan, applied: readonly Applied[], settings: Settings, world: World): void {
  for (const { move, error } of applied) {
    const what = `${safeText(move.domain.name)} vCPU ${move.vcpu}, pCPU ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`;
    if (error !== undefined) world.err(`vcpusched: not pinned: ${what}: ${safeText(error)}\n`);
    else if (settings.verbose) world.err(`${what}: ${move.kind}: ${safeText(move.reason)}\n`);
  }
  if (settings.verbose) world.err(leftAloneText(plan.leftAlone, styleOf(settings, world)));
}

/** Names those that have moved so often that they may not move again for now. */
export function tellWornOut(vcpus: readonly LeftAlone[], { quiet }: Settings, world: World): void {
  for (const { domain, vcpu, reason } of quiet ? [] : vcpus) {
    world.err(`vcpusched: ${safeText(domain.name)} vCPU ${vcpu} is left where it is for now: ${reason}\n`);
  }
}

/**
 * Tells on stderr where so few vCPUs were measured that the host cannot be called balanced; that is a failure, which
 * --quiet does not silence.
 */
export function tellTooLittle({ coverage }: Measured, world: World): ExitStatus {
  if (!isTooLittle(coverage)) return exitStatus.done;
  world.err(`vcpusched: ${safeText(tooLittleText(coverage))}\n`);
  return exitStatus.failed;
}

/** Tells on stderr what was not put back and, with --verbose, what was; returns a line that sums it up. */
export function tellRestored(
  { applied, foreign, stuck, unnoted, damage }: Restored,
  { verbose, quiet }: Settings,
  { err }: World,
): string {
  for (const { move, error } of applied) {
    const what = `${named(move)}, pCPU ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`;
    if (error !== undefined) err(`vcpusched: not restored: ${what}: ${safeText(error)}\n`);
    else if (verbose) err(`${what}: restored\n`);
  }
  for (const each of stuck) err(`vcpusched: not restored: ${named(each)}: ${each.reason}\n`);
  for (const each of quiet ? [] : foreign) err(`vcpusched: left alone: ${named(each)}: ${each.reason}\n`);
  if (damage !== undefined)
    err(`vcpusched: not restored, since what is kept of it is damaged: ${safeText(damage)}\n`);
  if (unnoted !== undefined) {
    const next = 'a second restore finds where vCPUs are and does what is left';
    err(`vcpusched: what was restored could not be noted in ${safeText(unnoted)}; ${next}\n`);
  }
  const failed = applied.filter(({ error }) => error !== undefined).length;
  if (applied.length === 0) return 'nothing to restore';
  return `restored ${counted(applied.length - failed, 'vCPU')}${failed > 0 ? `, ${failed} failed` : ''}`;
}

function named({
  domain,
  vcpu,
}: {
  readonly domain: Pin['domain'];
  readonly vcpu: number | undefined;
}): string {
  return `${safeText(domain.name)} vCPU ${vcpu}`;
}

export function styleOf(settings: Settings, world: World): Style {
  const color = settings.color === 'auto' ? world.terminal.color : settings.color === 'always';
  return style(color, world.terminal.unicode);
}
