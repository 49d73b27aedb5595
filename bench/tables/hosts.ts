import { baseline, type Figures } from '../support/baseline.ts';
import { markdown, verdict } from '../support/document.ts';
import { constantDemand, heavyTailed, type Pace } from '../support/hosts.ts';
import { nameOf, type Result, scenario, simulate, sum } from '../support/run.ts';

/** Twelve hosts of very different demand, for 60 cycles. */
export function heavyTails(table: string, pace: Pace): readonly string[] {
  const results = sizes([
    [128, 32],
    [1024, 128],
  ]).flatMap(({ vcpus, pcpus }) =>
    simulate(
      [1, 2, 3, 4, 5, 6].map((seed) =>
        scenario(`${vcpus}-on-${pcpus}-host-${seed}`, heavyTailed(vcpus, pcpus, seed, { pace })),
      ),
      ['--cycles', '60'],
    ),
  );
  const { text, before } = compared(table, results);
  const late = sum(results, 'movesAfterBalance');
  return [
    text,
    verdict(
      'all balanced by one decision',
      results.every((each) => each.balancedByFirstDecision),
    ),
    verdict(
      `no more late moves than at 3feea17 (${sum(before, 'movesAfterBalance')})`,
      late <= sum(before, 'movesAfterBalance'),
    ),
  ];
}

/** Hosts that want more than there is: what is left is how even it is. */
export function overloaded(): readonly string[] {
  const results = sizes([
    [64, 8],
    [128, 32],
    [512, 64],
  ]).flatMap(({ vcpus, pcpus }) =>
    simulate(
      [120, 160].flatMap((fullness) =>
        [1, 2, 3].map((seed) =>
          scenario(
            `${vcpus}-on-${pcpus}-at-${fullness}-host-${seed}`,
            heavyTailed(vcpus, pcpus, seed, { fullness }),
          ),
        ),
      ),
      ['--cycles', '60'],
    ),
  );
  const { text, before } = compared('overloaded', results);
  const apart = sum(results, 'finalSd') - sum(results, 'bestSd');
  return [
    text,
    verdict(
      'the spread at the end no larger than at 3feea17, in all',
      sum(results, 'finalSd') <= sum(before, 'finalSd') + 1e-9,
    ),
    `On average ${(apart / results.length).toFixed(1)} points above the best.`,
  ];
}

/** A thousand cycles in which nobody comes to want anything else. */
export function restless(): readonly string[] {
  const noises = [0, 1, 2, 3];
  const all = sizes([
    [8, 4],
    [24, 8],
    [64, 8],
    [128, 32],
  ]).map(({ vcpus, pcpus }) => {
    const results = noises.map((noise) =>
      simulate(
        [1, 2, 3, 4].map((seed) =>
          scenario(`${vcpus}-on-${pcpus}-noise-${noise}-${seed}`, constantDemand(vcpus, pcpus, noise, seed)),
        ),
        ['--cycles', '1000'],
      ),
    );
    return { name: `${vcpus} on ${pcpus}`, results };
  });
  const rows = all.flatMap(({ name, results }) =>
    results.map((each, i) => [
      `${name}, noise of ${noises[i]}`,
      {
        moves: sum(each, 'moves'),
        movesAfterBalance: sum(each, 'movesAfterBalance'),
        movesPerVcpuHour: sum(each, 'movesPerVcpuHour') / each.length,
        finalSd: sum(each, 'finalSd') / each.length,
        bestSd: sum(each, 'bestSd') / each.length,
        excessPct: sum(each, 'excessPct') / each.length,
      },
    ]),
  ) as readonly (readonly [string, Figures & { readonly bestSd: number }])[];
  const before = baseline('restless', new Map(rows));
  const late = rows.reduce((total, [, { movesAfterBalance }]) => total + movesAfterBalance, 0);
  return [
    markdown(
      ['four hosts each', 'moves', 'late', 'spread', 'best', 'moves at 3feea17', 'late', 'spread'],
      rows.map(([name, { moves, movesAfterBalance, finalSd, bestSd }]) => [
        name,
        moves,
        movesAfterBalance,
        finalSd.toFixed(1),
        bestSd.toFixed(1),
        ...earlier(before.get(name)),
      ]),
    ),
    verdict(
      `no more late moves than at 3feea17 (${sum([...before.values()], 'movesAfterBalance')})`,
      late <= sum([...before.values()], 'movesAfterBalance'),
    ),
  ];
}

function sizes(all: readonly (readonly [vcpus: number, pcpus: number])[]) {
  return all.map(([vcpus, pcpus]) => ({ vcpus, pcpus }));
}

function compared(table: string, results: readonly Result[]) {
  const before = baseline(table, new Map(results.map((each) => [nameOf(each.input), each])));
  const rows = results.map((each) => [
    nameOf(each.input),
    each.balancedByFirstDecision ? 'yes' : 'no',
    each.moves,
    each.movesAfterBalance,
    each.finalSd.toFixed(1),
    `${each.bestSdSearch === 'exact' ? '' : '≤ '}${each.bestSd.toFixed(1)}`,
    ...earlier(before.get(nameOf(each.input))),
  ]);
  const kept = [...before.values()];
  const mean = (of: readonly { readonly finalSd: number }[]) =>
    (sum(of, 'finalSd') / Math.max(1, of.length)).toFixed(1);
  const total = [
    '**all**',
    `${results.filter((each) => each.balancedByFirstDecision).length} of ${results.length}`,
    sum(results, 'moves'),
    sum(results, 'movesAfterBalance'),
    mean(results),
    (sum(results, 'bestSd') / results.length).toFixed(1),
    ...(kept.length === 0 ? ['', '', ''] : [sum(kept, 'moves'), sum(kept, 'movesAfterBalance'), mean(kept)]),
  ];
  const head = ['host', 'balanced by the first decision', 'moves', 'after balance', 'spread', 'best'];
  const text = markdown([...head, 'moves at 3feea17', 'after balance', 'spread'], [...rows, total]);
  return { text, before: kept };
}

function earlier(figures: Figures | undefined): readonly (string | number)[] {
  if (figures === undefined) return ['', '', ''];
  return [figures.moves, figures.movesAfterBalance, figures.finalSd.toFixed(1)];
}
