import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client';

/** Declares metrics in a registry, whose names all begin alike. */
export function declareIn(registry: Registry) {
  const common = <L extends string>(name: string, help: string, labelNames: readonly L[]) => ({
    name: `vcpusched_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    /** It has no sample until it is set. */
    gauge: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) => {
      const gauge = new Gauge(common(name, help, labelNames));
      forget(gauge);
      return gauge;
    },
    counter: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter(common(name, help, labelNames)),
    histogram: (name: string, help: string, buckets: number[]) =>
      new Histogram({ ...common(name, help, []), buckets }),
    /** A sum and a count, without quantiles. */
    summary: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Summary({ ...common(name, help, labelNames), percentiles: [] }),
  };
}

/** Leaves a metric without samples. prom-client gives one without labels the value 0 instead, and `remove` takes that away. */
export function forget(metric: Pick<Gauge | Counter, 'reset' | 'remove'>): void {
  metric.reset();
  metric.remove({});
}
