import { applyEvent } from './actions.ts';
import type { Host } from './host.ts';
import { closeMachine, openMachine } from './machine.ts';
import { placeAsKernel } from './place.ts';
import { runPcpu } from './runner.ts';

/**
 * Lets `seconds` of the host's own time pass: its vCPUs run and wait, its events happen. Exact between the
 * moments at which something changes, so it does not matter into how many calls a time is cut.
 */
export function advance(host: Host, seconds: number): Host {
  const endNs = host.nowNs + Math.round(seconds * 1e9);
  let then = host;
  for (;;) {
    const [event, ...events] = then.events;
    if (!event || event.atNs > endNs) return run(then, endNs);
    then = applyEvent({ ...run(then, event.atNs), events }, event);
  }
}

function run(host: Host, endNs: number): Host {
  const machine = openMachine(host);
  const anyFloating = machine.seats.some((seat) => seat.allowed.length > 1);
  const everyNs = placementNs(host);
  let nowNs = host.nowNs;
  let changeNs = nowNs;
  while (nowNs < endNs) {
    const toNs = anyFloating ? Math.min(endNs, placementAfter(nowNs, changeNs, everyNs)) : endNs;
    changeNs = Number.POSITIVE_INFINITY;
    for (const { seats, clock, speedAt } of machine.byPcpu.values()) {
      changeNs = Math.min(changeNs, runPcpu(seats, clock, speedAt, nowNs, toNs));
    }
    nowNs = toNs;
    if (anyFloating && nowNs % everyNs === 0 && placeAsKernel(machine, nowNs)) changeNs = nowNs;
  }
  return closeMachine(host, machine, nowNs);
}

/**
 * How often the kernel looks whether tasks could be better placed: a millisecond for each pCPU.
 * @source min_interval of sd_init in the kernel's kernel/sched/topology.c
 */
function placementNs(host: Host): number {
  return Math.max(10, host.online.length) * 1e6;
}

/** The next time to look: none is needed before something has changed. */
function placementAfter(nowNs: number, changeNs: number, everyNs: number): number {
  const next = (Math.floor(nowNs / everyNs) + 1) * everyNs;
  return Math.max(next, Math.ceil(changeNs / everyNs) * everyNs);
}
