import type { AffinityChanges, Calm, Episode } from '../model/host-report.ts';
import { figuresOf } from './interval.ts';
import type { Window } from './window.ts';

/** Follows the changes of affinities, and how the host was in the minute before and after. */
export type ChangeReader = {
  readonly add: (window: Window) => void;
  /** samples are missing here */
  readonly cut: () => void;
  /** undefined where nothing has changed */
  readonly result: () => AffinityChanges | undefined;
};

/** What is compared before and after; changes with less between them are one episode. */
const calmMs = 60_000;
const mostEpisodes = 5;

export function changeReader(): ChangeReader {
  /** windows without a change since the last one, at most a minute */
  let calm: Quiet[] = [];
  let open: { fromMs: number; toMs: number; changes: number; readonly before: Calm | undefined } | undefined;
  let count = 0;
  let moves = 0;
  let episodes = 0;
  let largest: readonly Episode[] = [];
  const pairs = { before: meanCalm(), after: meanCalm() };

  const close = () => {
    if (open === undefined) return;
    const episode = { ...open, after: meanOf(calm) };
    open = undefined;
    episodes++;
    largest = [...largest, episode].sort((a, b) => b.changes - a.changes).slice(0, mostEpisodes);
    if (episode.before === undefined || episode.after === undefined) return;
    pairs.before.add(episode.before, 1);
    pairs.after.add(episode.after, 1);
  };
  return {
    add: (window) => {
      if (window.changes > 0) {
        open ??= { fromMs: window.endMs, toMs: window.endMs, changes: 0, before: meanOf(calm) };
        open.toMs = window.endMs;
        open.changes += window.changes;
        count += window.changes;
        moves += window.moves;
        // What is before the change and after it cannot be told apart in this window.
        calm = [];
        return;
      }
      calm.push(quietOf(window));
      let keptMs = calm.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
      if (open !== undefined && keptMs >= calmMs) close();
      for (let first = calm[0]; first !== undefined && keptMs - first.lengthMs >= calmMs; first = calm[0]) {
        keptMs -= first.lengthMs;
        calm.shift();
      }
    },
    cut: () => {
      close();
      calm = [];
    },
    result: () => {
      close();
      return count === 0
        ? undefined
        : {
            count,
            moves,
            episodes,
            before: pairs.before.mean(),
            after: pairs.after.mean(),
            largest: largest.toSorted((a, b) => a.fromMs - b.fromMs),
          };
    },
  };
}

type Quiet = Calm & { readonly lengthMs: number };

function quietOf({ lengthMs, domains, loads }: Window): Quiet {
  let sum = 0;
  let count = 0;
  for (const { readings } of domains) {
    for (const reading of readings.values()) {
      if (reading.kind !== 'measured' || reading.delayPct === undefined) continue;
      sum += reading.delayPct;
      count++;
    }
  }
  const readyPct = count === 0 ? undefined : sum / count;
  return { lengthMs, readyPct, spread: figuresOf([...loads.values()])?.spread ?? 0 };
}

function meanOf(quiet: readonly Quiet[]): Calm | undefined {
  const mean = meanCalm();
  for (const each of quiet) mean.add(each, each.lengthMs);
  return mean.mean();
}

function meanCalm() {
  let weights = 0;
  let spread = 0;
  let known = 0;
  let ready = 0;
  return {
    add: (calm: Calm, weight: number) => {
      weights += weight;
      spread += calm.spread * weight;
      if (calm.readyPct === undefined) return;
      known += weight;
      ready += calm.readyPct * weight;
    },
    mean: (): Calm | undefined =>
      weights === 0
        ? undefined
        : { readyPct: known === 0 ? undefined : ready / known, spread: spread / weights },
  };
}
