import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { didYouMean } from '../model/suggest.ts';
import { camel, dashed, prefix, variableOf } from '../options/names.ts';
import { optionKeys, optionOf, settingOptions } from '../options/options.ts';
import { factsOf, type Notation } from '../options/values.ts';
import type { RawSettings } from './configuration.ts';
import type { Sources } from './source.ts';

/** What the environment sets, and what to say of variables that look as if they did. */
export type Environment = {
  readonly raw: RawSettings;
  readonly sources: Sources;
  readonly warnings: readonly string[];
};

/**
 * Reads the variables `VCPUSCHED_…`. An empty one counts as not set. What may be given several times is separated
 * by spaces.
 * @throws {VcpuschedError} status 64 for what only the command line can say, and for a flag that is not yes or no
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const raw: Record<string, RawSettings[string]> = {};
  const sources: Record<string, Sources[string]> = {};
  const warnings: string[] = [];
  for (const [variable, value = ''] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || value === '') continue;
    const key = camel(variable.slice(prefix.length).toLowerCase().replaceAll('_', '-'));
    const option = variableOf(key) === variable ? optionOf(key) : undefined;
    if (option?.standing !== undefined) {
      raw[key] = typed(variable, value, factsOf(option.schema).notation);
      sources[key] = { kind: 'environment', variable };
    } else if (option !== undefined && Object.hasOwn(settingOptions, key)) {
      const message = `${variable}: --${dashed(key)} is for one run, and belongs on the command line`;
      throw new VcpuschedError(exitStatus.usage, message);
    } else {
      const suggestion = didYouMean(variable.slice(prefix.length), known, prefix);
      warnings.push(`${variable} sets nothing and is ignored${suggestion}`);
    }
  }
  return { raw, sources, warnings };
}

const known = optionKeys.flatMap((key) =>
  optionOf(key)?.standing === undefined ? [] : variableOf(key).slice(prefix.length),
);

function typed(variable: string, value: string, notation: Notation): RawSettings[string] {
  if (notation === 'list') return value.split(/\s+/).filter((word) => word !== '');
  if (notation !== 'flag') return value;
  if (/^(1|yes|true|on)$/i.test(value)) return true;
  if (/^(0|no|false|off)$/i.test(value)) return false;
  throw new VcpuschedError(exitStatus.usage, `${variable}: yes or no is wanted, not '${value}'`);
}
