import type { Demand } from '../demand.ts';
import type { DomainGroup } from './schema.ts';
import type { Trace } from './trace.ts';

/** A demand as a scenario has it: of a group of domains, of their emulators, of the host itself. */
type Given = Pick<DomainGroup, 'demand' | 'noise' | 'jitter' | 'noise-every'>;
export type OneDemand = Exclude<DomainGroup['demand'], readonly unknown[]>;

/** The demand of the `index`th of `count` that share one description; a list of demands is taken in turn. */
export function buildDemand(
  group: Given,
  index: number,
  count: number,
  readTrace: (file: string) => Trace,
): Demand {
  const given = Array.isArray(group.demand) ? group.demand : [group.demand];
  const chosen: OneDemand | undefined = given[index % given.length];
  if (chosen === undefined) throw new RangeError('there is no demand');
  const level = plain(chosen, index, count, readTrace);
  if (group.noise === 0 && group.jitter === 0) return level;
  return {
    kind: 'noisy',
    of: level,
    points: group.noise,
    share: group.jitter,
    everyNs: toNs(group['noise-every']),
  };
}

/** A demand without noise. */
export function steady(demand: Given['demand']): Given {
  return { demand, noise: 0, jitter: 0, 'noise-every': 1 };
}

function plain(given: OneDemand, index: number, count: number, readTrace: (file: string) => Trace): Demand {
  if (typeof given === 'number') return { kind: 'constant', pct: given };
  if ('steps' in given) {
    const fromNs = given.steps.map(([at]) => toNs(at));
    const pcts = given.steps.map(([, pct]) => pct);
    const repeat = given.repeat === undefined ? {} : { repeatNs: toNs(given.repeat) };
    return { kind: 'steps', fromNs, pcts, ...repeat };
  }
  if ('trace' in given) {
    const pcts = columnOf(readTrace(given.trace), given.column, index);
    return {
      kind: 'rows',
      rowNs: toNs(given.row),
      pcts: pcts.map((pct) => Math.min(100, pct * given.scale)),
    };
  }
  const { high, low, period, duty, phase } = given;
  const offset = phase === 'spread' ? index / count : phase;
  if (duty === 0 || duty === 1) return { kind: 'constant', pct: duty === 0 ? low : high };
  return {
    kind: 'steps',
    fromNs: [0, toNs(period * duty)],
    pcts: [high, low],
    repeatNs: toNs(period),
    offsetNs: toNs(period * offset),
  };
}

/** A column by name, or by number from 1; `in-turn` gives each domain its own. */
function columnOf(trace: Trace, column: number | string, index: number): readonly number[] {
  const byName = typeof column === 'string' && column !== 'in-turn';
  const at = byName ? trace.names.indexOf(column) : column === 'in-turn' ? index : Number(column) - 1;
  const found = trace.columns[at];
  if (!found)
    throw new RangeError(`the trace has ${trace.names.length} columns, and no '${byName ? column : at + 1}'`);
  return found;
}

function toNs(seconds: number): number {
  return Math.round(seconds * 1e9);
}
