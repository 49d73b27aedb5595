import type { EChartsCoreOption } from 'echarts/core';
import { badPct, type HostReport, wellPct } from '../../model/host-report.ts';
import { safeText } from '../safe-text.ts';
import { levels, timeAxis } from './axes.ts';
import { drawn } from './charts.ts';
import { clockLabels } from './clock-labels.ts';
import type { Html } from './html.ts';
import type { LoadLevel } from './load-levels.ts';

/** The ready time of domains over time, a row for each, those that waited most on top. */
export function domainChart(
  { domains, timeline }: Pick<HostReport, 'domains' | 'timeline'>,
  zone: string,
): Html {
  const { columns, columnMs, readyPcts } = timeline;
  const labels = clockLabels(columns.length, columns[0]?.fromMs ?? 0, columnMs, zone);
  const names = domains.slice(0, mostRows).map(({ domain }) => shortened(safeText(domain.name)));
  const heatHeight = names.length * rowHeight;
  const option: EChartsCoreOption = {
    textStyle: { fontFamily: 'sans-serif' },
    grid: { left: 170, right: 20, top: 8, height: heatHeight },
    xAxis: timeAxis(0, labels, true),
    yAxis: {
      type: 'category',
      inverse: true,
      data: names.map((_, row) => `${row}`),
      z: 3,
      splitLine: { show: true, lineStyle: { color: 'var(--page)' } },
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        interval: 0,
        color: 'var(--faint)',
        fontSize: 12,
        formatter: (row: string) => names[Number(row)] ?? '',
      },
    },
    visualMap: levels(readyLevels),
    series: [
      {
        type: 'heatmap',
        silent: true,
        emphasis: { disabled: true },
        data: names.flatMap((_, row) =>
          (readyPcts[row] ?? []).flatMap((pct, x) => (pct === undefined ? [] : [[x, row, pct]])),
        ),
      },
    ],
  };
  return drawn(option, 960, 8 + heatHeight + 32);
}

/** More are in the table. */
export const mostRows = 30;
const rowHeight = 18;

/** How a ready time is shown: hatched where it is bad. */
export const readyLevels: readonly LoadLevel[] = [
  { text: 'up to 1 %', upToPct: 1, fill: 'var(--load-1)' },
  { text: `up to ${wellPct} %: good`, upToPct: wellPct, fill: 'var(--load-2)' },
  { text: `up to ${badPct} %: crowded`, upToPct: badPct, fill: 'var(--load-4)' },
  { text: 'more: bad', upToPct: Number.POSITIVE_INFINITY, fill: 'url(#over)' },
];

function shortened(name: string): string {
  const characters = [...name];
  return characters.length <= 22 ? name : `${characters.slice(0, 21).join('')}…`;
}
