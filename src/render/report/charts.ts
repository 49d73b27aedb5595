import { BarChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, VisualMapComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Html, trusted } from './html.ts';

use([BarChart, HeatmapChart, LineChart, ScatterChart, GridComponent, VisualMapComponent, SVGRenderer]);

/** Draws a chart as SVG, to stand in a page whose style sheet has the colours. */
export function drawn(option: EChartsCoreOption, width: number, height: number): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ ...option, animation: false });
    return trusted(plain(chart.renderToSVGString()));
  } finally {
    // Its timer would keep the process.
    chart.dispose();
  }
}

/** Without what a script in the page would need: there is none. */
function plain(svg: string): string {
  return svg
    .replaceAll(/ (ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replaceAll(/<style ?>.*?<\/style>\n?/gs, '');
}
