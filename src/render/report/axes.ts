/** An axis of time below a grid; the labels are drawn below the last one alone. */
export function timeAxis(
  gridIndex: number,
  labels: readonly (string | undefined)[],
  isLast: boolean,
): object {
  const interval = (i: number) => labels[i] !== undefined;
  return {
    type: 'category',
    gridIndex,
    data: labels.map((label) => label ?? ''),
    axisLine: { lineStyle: { color: 'var(--rule)' }, onZero: false },
    axisTick: { show: isLast, interval, alignWithLabel: true },
    axisLabel: { show: isLast, interval, color: 'var(--faint)', fontSize: 12, hideOverlap: true },
  };
}

/** An axis of values from 0 on, with so many parts. */
export function valueAxis(gridIndex: number, name: string, max: number, parts = 2): object {
  return {
    type: 'value',
    gridIndex,
    name,
    nameLocation: 'end',
    nameGap: 8,
    nameTextStyle: { color: 'var(--faint)', fontSize: 12, align: 'right' },
    min: 0,
    max,
    interval: max / parts,
    axisLabel: { color: 'var(--faint)', fontSize: 12 },
    splitLine: { lineStyle: { color: 'var(--rule)' } },
  };
}

/** A line in the grid of this number; it has a gap where a value is not known. */
export function line(
  grid: number,
  color: string,
  values: readonly (number | undefined)[],
  style: { readonly type?: 'solid' | 'dashed'; readonly width?: number; readonly step?: 'middle' } = {},
): object {
  const { type = 'solid', width = 2, step } = style;
  return {
    type: 'line',
    xAxisIndex: grid,
    yAxisIndex: grid,
    ...(step !== undefined && { step }),
    symbol: 'none',
    silent: true,
    emphasis: { disabled: true },
    lineStyle: { color: `var(--${color})`, width, opacity: 1, type },
    data: values,
  };
}

/** The colours of a heat map, whose values are the third of each cell. */
export function levels(pieces: readonly { readonly upToPct: number; readonly fill: string }[]): object {
  return {
    type: 'piecewise',
    show: false,
    seriesIndex: 0,
    dimension: 2,
    pieces: pieces.map(({ upToPct, fill }, i) => ({
      gt: pieces[i - 1]?.upToPct ?? Number.NEGATIVE_INFINITY,
      lte: upToPct,
      color: fill,
    })),
  };
}
