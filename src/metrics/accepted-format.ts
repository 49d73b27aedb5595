import type { Format } from './exposition.ts';

/**
 * The format that a reader asks for: OpenMetrics where it rates that at least as high as plain text. Prometheus names
 * both, and rates OpenMetrics higher.
 * @param accept the Accept header
 * @source RFC 9110, 12.5.1
 */
export function acceptedFormat(accept = '*/*'): Format {
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
  const qualityOf = (wanted: string) =>
    Math.max(0, ...ranges.filter(({ type }) => type === wanted).map(({ quality }) => quality));
  const openMetrics = qualityOf('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= qualityOf('text/plain') ? 'openmetrics' : 'text';
}
