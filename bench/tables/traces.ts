import { baseline, isKeeping } from '../support/baseline.ts';
import { markdown, verdict } from '../support/document.ts';
import { hundredths, nameOf, percent, type Result, simulate } from '../support/run.ts';

/** Hosts, and what was wanted on the first trace: starved above the oracle, per cent, and moves per vCPU-hour. */
const hosts = [
  {
    name: '64 on 8, rows at 30 s',
    options: ['--vms', '64', '--pcpus', '8', '--period', '30'],
    most: [0.75, 20.5],
  },
  {
    name: '64 on 8, rows at 300 s',
    options: ['--vms', '64', '--pcpus', '8', '--period', '300'],
    most: [0.1, 2.5],
  },
  {
    name: '256 on 24 at 0.6, rows at 30 s',
    options: ['--pcpus', '24', '--scale', '0.6', '--period', '30'],
    most: [0.15, 10],
  },
] as const;

/** Days of a real trace, side by side: each day has four columns. */
export function trace(): readonly string[] {
  const files = (process.env['TRACES'] ?? '').split(',').filter(Boolean);
  if (files.length === 0)
    throw new Error('TRACES is needed: the CSV files of the traces, with commas between');
  const policy = isKeeping ? 'threshold' : 'all';
  const days = files.map((file) => nameOf(file).replace('planetlab-', ''));
  return hosts.flatMap(({ name, options, most: [starvation, rate] }) => {
    const results = files.map((file) =>
      simulate([file], [...options, '--jitter', '0.1', '--policy', policy]),
    );
    const own = results.flatMap((all) => all.filter((each) => each.policy === 'threshold'));
    const before = baseline(`trace, ${name}`, new Map(own.map((each, i) => [days[i] ?? '', each])));
    const rows = (results[0] ?? []).map(({ policy }) => [
      policy,
      ...results.flatMap((all) => columns(all.find((each) => each.policy === policy))),
    ]);
    const earlier = days.flatMap((day) => {
      const figures = before.get(day);
      if (figures === undefined) return ['', '', '', ''];
      const { excessPct, movesPerVcpuHour, movesAfterBalance } = figures;
      return [hundredths(excessPct), movesPerVcpuHour.toFixed(1), '', movesAfterBalance];
    });
    const head = days.flatMap((day) => [
      `${day}: above the oracle, %`,
      'moves per vCPU-hour',
      'unbalanced',
      'late',
    ]);
    const [first] = own;
    return [
      markdown([name, ...head], [...rows, ['threshold at 3feea17', ...earlier]]),
      verdict(
        `on ${days[0]} at most ${starvation} % with at most ${rate} moves per vCPU-hour`,
        first !== undefined && first.excessPct <= starvation && first.movesPerVcpuHour <= rate,
      ),
      verdict(
        'threshold ahead of all others',
        results.every(([best]) => best?.policy === 'threshold'),
      ),
    ];
  });
}

function columns(result: Result | undefined): readonly (string | number)[] {
  if (result === undefined) return ['', '', '', ''];
  const { excessPct, movesPerVcpuHour, unbalancedShare, movesAfterBalance } = result;
  return [hundredths(excessPct), movesPerVcpuHour.toFixed(1), percent(unbalancedShare), movesAfterBalance];
}
