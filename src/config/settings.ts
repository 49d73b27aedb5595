import * as v from 'valibot';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { positionals, settingOptions } from '../options/options.ts';
import { type Configuration, type RawSettings, unconfigured } from './configuration.ts';
import { settingFault, settingName } from './source.ts';

export type { RawSettings };

type Schemas = { readonly [K in keyof typeof settingOptions]: (typeof settingOptions)[K]['schema'] };
const schemas = Object.fromEntries(
  Object.entries(settingOptions).map(([key, option]) => [key, option.schema]),
);
const schema = v.object({ ...(schemas as Schemas), ...positionals });

/** Everything a user can set, checked and typed, and where it came from. */
export type Settings = v.InferOutput<typeof schema> & { readonly configuration: Configuration };

/**
 * Checks what the user asked for.
 * @param raw what was given, flags, environment and file merged; what is not takes its default
 * @param configuration where that came from; by default from flags
 * @throws {VcpuschedError} status 64, or 65 for what a file says; names the setting, what it takes and what it
 *   was given
 */
export function readSettings(raw: RawSettings, configuration: Configuration = unconfigured): Settings {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw settingFault(configuration.sources, String(issue.path?.[0]?.key), issue.message);
  }
  const disorder = outOfOrder(
    (key) => result.output[key],
    (key, value) => `${settingName(configuration.sources, key)} ${value}`,
  );
  if (disorder !== undefined) throw new VcpuschedError(exitStatus.usage, disorder);
  return { ...result.output, configuration };
}

export const thresholds = ['low', 'target', 'high'] as const;

type Threshold = (typeof thresholds)[number];

/** What is wrong with the order of the thresholds, if anything is. */
export function outOfOrder(
  valueFor: (key: Threshold) => number,
  tell: (key: Threshold, value: number) => string,
): string | undefined {
  const [low, target, high] = [valueFor('low'), valueFor('target'), valueFor('high')];
  if (low <= target && target <= high) return undefined;
  return (
    `${tell('low', low)}, ${tell('target', target)} and ${tell('high', high)} are out of order: ` +
    'low <= target <= high is wanted'
  );
}
