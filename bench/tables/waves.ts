import { join } from 'node:path';
import { baseline, type Figures, isKeeping } from '../support/baseline.ts';
import { markdown, verdict } from '../support/document.ts';
import { squareWaves } from '../support/hosts.ts';
import { repartitionEachCycle } from '../support/repartition.ts';
import { hundredths, nameOf, scenario, scenarios, simulate } from '../support/run.ts';
import { policyNames } from './policies.ts';

/** Square waves near saturation, beside what a repartition each cycle reaches. */
export async function waves(): Promise<readonly string[]> {
  const random = [1, 2, 3, 4].map((seed) => scenario(`random-waves-${seed}`, squareWaves(seed)));
  const files = [join(scenarios, 'bursts.toml'), ...random];
  const results = simulate(files, isKeeping ? [] : ['--policy', 'all']);
  const of = (file: string, policy: string) =>
    results.find((each) => each.input === file && each.policy === policy);
  const own = files.flatMap((file) => of(file, 'threshold') ?? []);
  const before = baseline('bursts', new Map(own.map((each) => [nameOf(each.input), each])));
  const rows: (readonly string[])[] = [];
  for (const file of files) {
    const name = nameOf(file);
    rows.push([
      name,
      ...policyNames.map((policy) => cell(of(file, policy))),
      cell(before.get(name)),
      cell(await repartitionEachCycle(file)),
    ]);
  }
  return [
    markdown(['host', ...policyNames, 'threshold at 3feea17', 'repartition each cycle'], rows),
    verdict(
      'no more starvation than at 3feea17, with fewer moves',
      own.every((each) => isBetter(each, before.get(nameOf(each.input)))),
    ),
  ];
}

type Told = Pick<Figures, 'excessPct' | 'movesPerVcpuHour'>;

function cell(figures: Told | undefined): string {
  if (figures === undefined) return '';
  return `${hundredths(figures.excessPct)} / ${figures.movesPerVcpuHour.toFixed(0)}`;
}

/** Below 0.03 points a difference of starvation is noise. */
function isBetter(now: Told, before: Told | undefined): boolean {
  if (before === undefined) return false;
  return now.excessPct <= before.excessPct + 0.03 && now.movesPerVcpuHour < before.movesPerVcpuHour;
}
