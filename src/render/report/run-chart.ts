import type { EChartsCoreOption } from 'echarts/core';
import { levels, line, timeAxis, valueAxis } from './axes.ts';
import { drawn } from './charts.ts';
import type { Column, Columns } from './columns.ts';
import type { Html } from './html.ts';
import { loadLevels } from './load-levels.ts';
import type { ReportCycle } from './report.ts';
import { timeLabels } from './time-axis.ts';

/**
 * Draws a run, three charts over one axis of time: the load of each pCPU as a heat map, the spread beside the
 * best there is, and the moves as ticks.
 * @param mostSd how far the axis of the spread goes, so that runs can be compared
 */
export function runChart(
  { pcpus, columns, cyclesPerColumn }: Columns,
  cycles: readonly ReportCycle[],
  { intervalSeconds, mostSd }: { readonly intervalSeconds: number; readonly mostSd: number },
): Html {
  const times = timeLabels(columns.length, cyclesPerColumn * intervalSeconds);
  const heatHeight = pcpus.length * Math.max(3, Math.min(18, Math.floor(400 / pcpus.length)));
  const spreadTop = top + heatHeight + 34;
  const movesTop = spreadTop + spreadHeight + 30;
  const height = movesTop + movesHeight + 44;
  const mostMoves = mostMovesOf(columns);
  const hasBackground = cycles.some(({ background }) => background !== undefined);
  const loads = pcpus.map((pcpu) => summary(cycles, pcpu, hasBackground));
  const option: EChartsCoreOption = {
    textStyle: { fontFamily: 'sans-serif' },
    grid: [grid(top, heatHeight), grid(spreadTop, spreadHeight), grid(movesTop, movesHeight)],
    xAxis: [0, 1, 2].map((i) => timeAxis(i, times, i === 2)),
    yAxis: [
      pcpuAxis(pcpus, 'left', 'pCPU'),
      valueAxis(1, 'spread', mostSd),
      valueAxis(2, 'moves', mostMoves, 1),
      pcpuAxis(loads, 'right', hasBackground ? 'mean, most (host) %' : 'mean, most %'),
    ],
    visualMap: levels(loadLevels),
    series: [
      { type: 'heatmap', silent: true, emphasis: { disabled: true }, data: cells(columns) },
      line(
        1,
        'spread',
        columns.map(({ sd }) => sd),
        { step: 'middle' },
      ),
      // On top: its gaps let the other through where the two are one.
      line(
        1,
        'best',
        columns.map(({ bestSd }) => bestSd),
        { step: 'middle', type: 'dashed' },
      ),
      ticks(columns),
    ],
  };
  return drawn(option, width, height);
}

const width = 960;
const top = 22;
const spreadHeight = 90;
const movesHeight = 36;

function grid(top: number, height: number): object {
  return { left: 58, right: 124, top, height };
}

/** A label for each pCPU, from the top down; for some where there is no room for all. */
function pcpuAxis(labels: readonly (string | number)[], position: 'left' | 'right', name: string): object {
  const every = Math.ceil(labels.length / 28);
  return {
    type: 'category',
    gridIndex: 0,
    position,
    inverse: true,
    data: labels.map(String),
    name,
    nameLocation: 'start',
    nameGap: 8,
    nameTextStyle: { color: 'var(--faint)', fontSize: 12, align: position === 'left' ? 'right' : 'left' },
    // Above the cells, to keep the rows apart.
    z: 3,
    splitLine: { show: labels.length <= 32, lineStyle: { color: 'var(--page)' } },
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { interval: (i: number) => i % every === 0, color: 'var(--faint)', fontSize: 12 },
  };
}

function cells(columns: readonly Column[]): readonly (readonly [number, number, number])[] {
  return columns.flatMap(({ loads }, x) =>
    loads.flatMap((load, y) => (load === undefined ? [] : [[x, y, load] as const])),
  );
}

/** As high as there are moves. */
function ticks(columns: readonly Column[]): object {
  const most = mostMovesOf(columns);
  const own = columns.flatMap(({ moves }, x) => (moves > 0 ? [{ x, moves }] : []));
  return {
    type: 'scatter',
    xAxisIndex: 2,
    yAxisIndex: 2,
    silent: true,
    emphasis: { disabled: true },
    symbol: 'rect',
    itemStyle: { color: 'var(--moves)', opacity: 1 },
    data: own.map(({ x, moves }) => {
      const tall = Math.max(4, (moves / most) * movesHeight);
      return { value: [x, 0], symbolSize: [3, tall], symbolOffset: [0, -tall / 2] };
    }),
  };
}

function mostMovesOf(columns: readonly Column[]): number {
  return Math.max(1, ...columns.map(({ moves }) => moves));
}

/** `45, 99`: the mean and the highest load of a pCPU over the whole run; `45, 99 (20)` with what is the host's own in the mean. */
function summary(cycles: readonly ReportCycle[], pcpu: number, withBackground: boolean): string {
  const own = cycles.flatMap(({ pcpus, loads, background }) => {
    const at = pcpus.indexOf(pcpu);
    const load = loads[at];
    return load === undefined ? [] : [{ load, host: background?.[at] ?? 0 }];
  });
  const mean = (of: (each: (typeof own)[number]) => number) =>
    Math.round(own.reduce((sum, each) => sum + of(each), 0) / own.length);
  const most = Math.round(own.reduce((highest, { load }) => Math.max(highest, load), 0));
  const figures = `${mean(({ load }) => load)}, ${most}`;
  return withBackground ? `${figures} (${mean(({ host }) => host)})` : figures;
}
