import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { groupBy } from '../model/group-by.ts';
import { dashed } from '../options/names.ts';
import { type PolicyKey, policyKeys } from '../options/options.ts';
import { readSettings, type Settings } from './settings.ts';

/** Settings with other values for some, and which these are, by the names they have as options. */
export type Variant = { readonly settings: Settings; readonly swept: Readonly<Record<string, string>> };

/** What a policy goes by, by the names that its settings have as options. */
export function policySettings(settings: Settings): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(policyKeys.map((key) => [dashed(key), settings[key] ?? null]));
}

/**
 * The product of all sweeps: `high=80,85` and `low=60,70` give four variants; no sweep gives one. What comes to the
 * same, as `high=80,80.0` does, is one variant.
 * @throws {VcpuschedError} status 64 for a setting that there is not or that is swept twice, or a value that it
 *   does not take
 */
export function sweepSettings(settings: Settings): readonly Variant[] {
  const sweeps = settings.sweep.map(parseSweep);
  const names = sweeps.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw usage(`'${twice}' is swept twice: give all its values at once, as in high=80,85,90`);
  const product = sweeps.reduce<readonly Variant['swept'][]>(
    (sofar, [name, values]) => sofar.flatMap((swept) => values.map((value) => ({ ...swept, [name]: value }))),
    [{}],
  );
  const variants = product.map((swept) => ({ swept, settings: withSwept(settings, swept) }));
  const groups = groupBy(variants, (variant) => JSON.stringify(policySettings(variant.settings)));
  return [...groups.values()].map(([first]) => first);
}

function parseSweep(text: string): readonly [name: string, values: readonly string[]] {
  const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || list === undefined) {
    throw usage(`a setting and its values are wanted, such as high=80,85,90, not '${text}'`);
  }
  const names = policyKeys.map(dashed);
  if (!names.includes(name)) throw usage(`there is no setting '${name}' to sweep, but ${names.join(', ')}`);
  return [name, list.split(',')];
}

/** Other values are checked as if they had been typed. */
function withSwept(settings: Settings, swept: Variant['swept']): Settings {
  const typed = (key: PolicyKey) => swept[dashed(key)] ?? settings[key]?.toString();
  const checked = readSettings(Object.fromEntries(policyKeys.map((key) => [key, typed(key)])));
  return { ...settings, ...Object.fromEntries(policyKeys.map((key) => [key, checked[key]])) };
}

function usage(message: string): VcpuschedError {
  return new VcpuschedError(exitStatus.usage, `--sweep: ${message}`);
}
