import { VcpuschedError } from '../errors.ts';
import { groupBy } from '../model/group-by.ts';
import type { Pin, PinResult } from '../model/pin.ts';
import type { Move } from '../model/plan.ts';
import { batchesThatFit, type Outcome, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { domid } from '../virsh/commands/domid.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../virsh/commands/vcpupin.ts';
import type { Virsh } from '../virsh/runner.ts';
import { type Clock, followBatch } from './follow-batch.ts';
import { pinResults } from './pin-results.ts';

/** What became of a pin of a plan. */
export type Applied<P extends Pin = Move> = PinResult<P>;

export type Application<P extends Pin> = {
  /** one for each pin */
  readonly results: readonly Applied<P>[];
  /** what became of those that libvirt had not answered by then; undefined where it has answered all */
  readonly late: Promise<readonly Applied<P>[]> | undefined;
};

/**
 * Pins, and reads back what came of it in the same virsh process: one for all domains. Neither an exit status nor
 * silence counts: a pin is done when the host shows it. There is no abort signal: a set that has begun is finished.
 *
 * A domain that is busy (migrated, saved, its QEMU stopped) makes each `vcpupin` wait for up to 30 s, and the rest of
 * the batch behind it. So when a command does not answer, its process is ended, the other domains go on in another
 * one at once, and the one pin is set again by a process of its own, whose end is `late`. To end virsh does not end
 * the pin: libvirtd carries it out when the domain is free within those 30 s (seen with 9.0), so that only the end of
 * a second wait, begun later, tells what has become of the first. Further pins of that domain follow only if it took.
 */
export async function applyPlan<P extends Pin>(
  virsh: Virsh,
  pins: readonly P[],
  clock: Clock,
): Promise<Application<P>> {
  const results: Applied<P>[] = [];
  const late: Promise<readonly Applied<P>[]>[] = [];
  let stuck = 0;

  async function run(tasks: readonly Task<P>[]): Promise<void> {
    for (const group of batchesThatFit(tasks, commandsOf)) await runGroup(group);
  }

  async function runGroup(group: readonly Task<P>[]): Promise<void> {
    const { outcomes, stuckAt } = await followBatch(virsh, group.flatMap(commandsOf), clock);
    let first = 0;
    for (const [i, task] of group.entries()) {
      const next = first + commandsOf(task).length;
      const own = outcomes.slice(first, next);
      if (stuckAt !== undefined && stuckAt < next) {
        leave(task, own, stuckAt - first);
        await goOn(group.slice(i + 1));
        return;
      }
      results.push(...pinResults(task, own));
      first = next;
    }
  }

  /** With a second domain that is busy there may be many: halves side by side find them in few steps. */
  async function goOn(rest: readonly Task<P>[]): Promise<void> {
    if (stuck >= mostStuck) {
      results.push(...rest.flat().map((move) => failed(move, `not tried: ${stuck} domains are busy`)));
      return;
    }
    const cut = stuck > 1 ? Math.ceil(rest.length / 2) : rest.length;
    await Promise.all([run(rest.slice(0, cut)), run(rest.slice(cut))]);
  }

  /** @param stuckAt the command of the domain that did not answer */
  function leave(task: Task<P>, outcomes: readonly Outcome<unknown>[], stuckAt: number): void {
    const pin = stuckAt - lookBefore;
    stuck++;
    if (pin < 0) results.push(...task.map((move) => failed(move, busy)));
    else if (pin >= task.length) results.push(...pinResults(task, outcomes));
    else {
      results.push(...task.map((move) => ({ ...failed(move, busy), isWaiting: true })));
      late.push(waitFor(task, pin, outcomes));
    }
  }

  async function waitFor(
    task: Task<P>,
    pin: number,
    before: readonly Outcome<unknown>[],
  ): Promise<readonly Applied<P>[]> {
    const [tried, rest] = [task.slice(0, pin + 1), task.slice(pin + 1)];
    const answers = await settle(virsh, commandsOf(task).slice(lookBefore + pin, lookBefore + pin + 1), task);
    const done = pinResults(tried, [...before.slice(0, lookBefore + pin), ...answers]);
    if (answers[0]?.ok !== true) return [...done, ...rest.map((move) => failed(move, busy))];
    const more = await applyPlan(virsh, rest, clock);
    const later = (await more.late) ?? [];
    return [...done, ...more.results.filter(({ isWaiting }) => isWaiting !== true), ...later];
  }

  await run([...groupBy(pins, ({ domain }) => domain.uuid).values()]);
  const answered = late.length === 0 ? undefined : Promise.all(late).then((all) => all.flat());
  return { results, late: answered };
}

/** Where so many domains are busy the daemon is at fault; most of them have a process that waits. */
const mostStuck = 16;

const busy = 'libvirt is busy with the domain and has not carried it out';

/** The pins of one domain. */
type Task<P extends Pin = Pin> = readonly [P, ...P[]];

/** How many commands look at a domain before its pins. */
const lookBefore = 2;

function commandsOf(task: Task): readonly Command<unknown>[] {
  const [{ domain }] = task;
  const pins = task.map(({ vcpu, to }) => vcpupin(domain.uuid, vcpu, to));
  return [domid(domain.uuid), vcpuinfo(domain.uuid), ...pins, ...lookAfter(task)];
}

function lookAfter([{ domain }]: Task): readonly Command<unknown>[] {
  return [vcpuinfo(domain.uuid), domid(domain.uuid)];
}

/** In a process of its own; a virsh that cannot be run, or hangs, fails them all with the same words. */
async function settle(
  virsh: Virsh,
  pin: readonly Command<unknown>[],
  task: Task,
): Promise<readonly Outcome<unknown>[]> {
  const commands = [...pin, ...lookAfter(task)];
  try {
    return (await runBatch(virsh, commands)).outcomes;
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return commands.map(() => ({ ok: false, error: error.message }));
  }
}

function failed<P extends Pin>(move: P, error: string): Applied<P> {
  return { move, error, shown: undefined };
}
