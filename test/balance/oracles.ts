import type { HostLoad } from '../../src/model/host-load.ts';
import type { Plan } from '../../src/model/plan.ts';

// What tests judge a plan by: said here once more, in few lines, and with nothing of the planner in it.

export function mean(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
}

/** The sum of squared distances from the mean. */
export function unevenness(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + (load - mean(loads)) ** 2, 0);
}

/** The standard deviation. */
export function deviation(loads: readonly number[]): number {
  return Math.sqrt(unevenness(loads) / Math.max(1, loads.length));
}

/** Points above 100 %. */
export function starvation(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + Math.max(0, load - 100), 0);
}

/** The moves that take a vCPU to a pCPU that it may not use. */
export function forbidden({ vcpus }: HostLoad, { moves }: Plan): Plan['moves'] {
  const allowedOf = (uuid: string, number: number) =>
    vcpus.find(({ domain, vcpu }) => domain.uuid === uuid && vcpu === number)?.allowed ?? [];
  return moves.filter(
    ({ domain, vcpu, to }) => !to.every((cpu) => allowedOf(domain.uuid, vcpu).includes(cpu)),
  );
}
