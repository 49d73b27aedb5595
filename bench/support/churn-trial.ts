import { join } from 'node:path';
import { watch } from '../../src/commands/watch.ts';
import { readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import { fakeContext } from '../../test/support/fake-context.ts';
import { answerOf, changeVcpu, guest, pinByHand, simHost } from '../../test/support/sim-host.ts';
import { virshOf } from '../../test/support/virsh-of.ts';
import { drawFrom } from './draw.ts';

//   node --expose-gc churn-trial.mjs CYCLES EVERY FOLDER      a long watch of a host that changes all the time
//
// Prints the heap after a collection, each EVERY cycles: `[10000,12.3]`, the cycle and MB.
const [cycles = '', every = '', folder = ''] = process.argv.slice(2);
const draw = drawFrom(1);
const integer = (below: number) => Math.floor(draw(0, below));
const pcpus = 4;
let number = 0;
/** A domain that was never there before: its UUID is new, and its name after a while. */
const newcomer = () => ({
  ...guest(++number, { demands: [draw(1, 60), draw(1, 60)] }),
  name: nameOf(number),
});
const nameOf = (each: number) => `guest-${each % 10_000}`;

const host = simHost(pcpus, Array.from({ length: 8 }, newcomer));
const { context } = fakeContext({ host, stateDir: join(folder, 'state') });
let cycle = 0;

/** Nothing is kept of a call; some fail. */
const virsh: Virsh = async (args, signal) => {
  if (integer(100) === 0) throw new VcpuschedError(exitStatus.unavailable, 'virsh is away');
  const { virsh: one } = virshOf(answerOf(host), context.nowMs);
  await context.sleepUntil(context.nowMs() + 30);
  return one(args, signal);
};

await watch(
  readSettings({
    // So that what is remembered of a domain that is gone for so many days has its full length soon.
    interval: '1h',
    cycles,
    history: '1d',
    metricsFile: join(folder, 'metrics.prom'),
    metricsVcpus: true,
  }),
  {
    ...context,
    virsh: () => virsh,
    out: () => undefined,
    err: () => undefined,
    onReport: () => {
      if (++cycle % Number(every) === 0) tell();
      if (cycle % 5 === 0) change();
    },
  },
);

/** What happens on a host, each with a frequency of its own. */
function change(): void {
  const place = integer(host.domains.length);
  changeVcpu(host, place, { demand: { kind: 'constant', pct: draw(1, 60) } }, integer(2));
  if (integer(10) === 0) pinByHand(host, place, [integer(pcpus)]);
  if (integer(10) === 0 && host.domains.length > 4) host.domains = host.domains.filter((_, i) => i !== place);
  if (integer(10) === 0 && host.domains.length < 12) host.domains = [...host.domains, newcomer()];
  if (integer(20) === 0) host.domains = host.domains.map((each, i) => (i === place ? again(each) : each));
  if (integer(100) === 0) host.online = host.online.length === pcpus ? [0, 1, 2] : [0, 1, 2, 3];
}

/** Restarted: with another id, and its counters at nothing. */
function again(domain: ReturnType<typeof guest>): typeof domain {
  return {
    ...domain,
    id: ++number,
    vcpus: domain.vcpus.map((vcpu) => ({ ...vcpu, pinned: [0], runNs: 0, delayNs: 0 })),
  };
}

function tell(): void {
  globalThis.gc?.();
  globalThis.gc?.();
  process.stdout.write(`${JSON.stringify([cycle, process.memoryUsage().heapUsed / 1e6])}\n`);
}
