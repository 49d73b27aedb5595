import { type Metric, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

/** The metrics as text, in one of the formats that Prometheus reads. */
export type Exposition = { readonly contentType: string; readonly text: () => Promise<string> };

export type Format = 'text' | 'openmetrics';

/** Both formats; a text is written anew only after `changed`, so that those who ask often cost the balancer little. */
export type Expositions = {
  readonly formats: Readonly<Record<Format, Exposition>>;
  readonly changed: () => void;
};

/**
 * The metrics of a registry. prom-client renames the counters of a registry for good when it writes OpenMetrics, so that
 * format has a registry of its own, whose metrics read those of the first (seen with prom-client 15.1.3).
 */
export function expositionsOf(registry: Registry): Expositions {
  const openMetrics = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray() as unknown as readonly Readable[])
    openMetrics.registerMetric(withoutSuffix(metric) as unknown as Metric);
  const texts = new Map<string, Promise<string>>();
  const exposition = (of: Pick<Registry, 'metrics'> & { readonly contentType: string }): Exposition => ({
    contentType: of.contentType,
    text: () => {
      const text = texts.get(of.contentType) ?? of.metrics();
      texts.set(of.contentType, text);
      return text;
    },
  });
  return {
    formats: { text: exposition(registry), openmetrics: exposition(openMetrics) },
    changed: () => texts.clear(),
  };
}

/** What a registry asks of a metric when it is read; the types of prom-client do not say it. */
type Readable = {
  readonly name: string;
  readonly type: unknown;
  readonly get: () => Promise<MetricObjectWithValues<MetricValue<string>>>;
};

/**
 * In OpenMetrics the samples of a counter end in `_total`, and its name does not.
 * @source OpenMetrics 1.0.0, Counter
 */
function withoutSuffix(metric: Readable): Readable {
  const name = metric.name.replace(/_total$/, '');
  return { name, type: metric.type, get: async () => ({ ...(await metric.get()), name }) };
}
