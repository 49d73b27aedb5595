/** How even loads are. All in per cent of a pCPU, squares in that squared. */

export function mean(loads: readonly number[]): number {
  return loads.length === 0 ? 0 : sum(loads) / loads.length;
}

/** The sum of squared distances from the mean: what the steps bring down. */
export function unevenness(loads: readonly number[]): number {
  const middle = mean(loads);
  return loads.reduce((total, load) => total + (load - middle) ** 2, 0);
}

/** The standard deviation. */
export function deviation(loads: readonly number[]): number {
  return loads.length === 0 ? 0 : Math.sqrt(unevenness(loads) / loads.length);
}

/** Load for which there is no CPU time: what lies above 100 % of each pCPU. */
export function starvation(loads: readonly number[]): number {
  return loads.reduce((total, load) => total + Math.max(0, load - 100), 0);
}

/** The part of it that an even division would not leave. */
export function avoidableStarvation(loads: readonly number[]): number {
  return starvation(loads) - Math.max(0, sum(loads) - 100 * loads.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
