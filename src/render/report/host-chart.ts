import type { EChartsCoreOption } from 'echarts/core';
import { badPct, type Timeline, wellPct } from '../../model/host-report.ts';
import { line, timeAxis, valueAxis } from './axes.ts';
import { drawn } from './charts.ts';
import { clockLabels } from './clock-labels.ts';
import type { Html } from './html.ts';

/** Load, ready time and moves of a host, three charts over one axis of time. */
export function hostChart({ columns, columnMs }: Timeline, zone: string): Html {
  const labels = clockLabels(columns.length, columns[0]?.fromMs ?? 0, columnMs, zone);
  const known = (of: (column: Timeline['columns'][number]) => number | undefined) =>
    columns.map((column) => (column.measuredMs === 0 ? undefined : of(column)));
  const busiest = known(({ mostLoadPct }) => mostLoadPct);
  const p95 = known(({ ready }) => ready?.p95);
  const mostLoad = roundUp(most(busiest, 100), 50);
  const mostReady = roundUp(most(p95, badPct), 10);
  const mostMoves = Math.max(1, ...columns.map(({ moves }) => moves));
  const option: EChartsCoreOption = {
    textStyle: { fontFamily: 'sans-serif' },
    grid: grids,
    xAxis: grids.map((_, i) => timeAxis(i, labels, i === grids.length - 1)),
    yAxis: [
      valueAxis(0, 'load, %', mostLoad),
      valueAxis(1, 'ready, %', mostReady),
      valueAxis(2, 'moves', mostMoves, 1),
    ],
    series: [
      line(
        0,
        'spread',
        known(({ meanLoadPct }) => meanLoadPct),
      ),
      line(0, 'best', busiest),
      limit(0, columns.length, 100),
      line(
        1,
        'spread',
        known(({ ready }) => ready?.mean),
      ),
      line(1, 'best', p95),
      limit(1, columns.length, wellPct),
      limit(1, columns.length, badPct),
      {
        type: 'bar',
        xAxisIndex: 2,
        yAxisIndex: 2,
        silent: true,
        emphasis: { disabled: true },
        itemStyle: { color: 'var(--moves)' },
        barMinWidth: 2,
        data: columns.map(({ moves }) => (moves === 0 ? undefined : moves)),
      },
    ],
  };
  return drawn(option, width, height);
}

const width = 960;
const height = 520;
const grids = [
  { left: 58, right: 20, top: 26, height: 170 },
  { left: 58, right: 20, top: 236, height: 150 },
  { left: 58, right: 20, top: 426, height: 44 },
];

function most(values: readonly (number | undefined)[], least: number): number {
  return values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), least);
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** A limit, all the way. */
function limit(grid: number, count: number, pct: number): object {
  const values = Array.from({ length: count }, () => pct);
  return line(grid, 'faint', values, { type: 'dashed', width: 1 });
}
