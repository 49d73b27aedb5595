import { policies } from '../balance/policies/index.ts';
import { readConfigFile } from '../config/config-file.ts';
import type { ConfiguredRule } from '../config/configuration.ts';
import type { Settings } from '../config/settings.ts';
import type { Source } from '../config/source.ts';
import { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import { dashed } from '../options/names.ts';
import { optionKeys, optionOf } from '../options/options.ts';
import { factsOf, type Notation } from '../options/values.ts';
import { jsonText } from '../render/envelope.ts';
import { safeText } from '../render/safe-text.ts';
import { table } from '../render/table.ts';
import type { Context } from '../session/context.ts';

/** Checks the configuration file, or shows what the settings are and where each came from. */
export async function config(settings: Settings, context: Context): Promise<ExitStatus> {
  return settings.action === 'check' ? check(settings, context) : show(settings, context);
}

/** Tells every fault of the file, a line each. */
async function check(settings: Settings, context: Context): Promise<ExitStatus> {
  const { places, sources } = settings.configuration;
  const { file, faults } = await faultsOf(places, sources['config'] !== undefined, context);
  if (settings.json) {
    context.out(jsonText('config', context.date(), { file: file ?? null, faults }));
  } else if (!settings.quiet || faults.length > 0) {
    const none = file === undefined ? `no configuration file: ${absent(places)}` : `${file}: no fault found`;
    for (const line of faults.length === 0 ? [none] : faults) context.out(`${safeText(line)}\n`);
  }
  return faults.length === 0 ? exitStatus.done : exitStatus.data;
}

async function faultsOf(
  places: readonly string[],
  hasToBe: boolean,
  context: Context,
): Promise<{ readonly file: string | undefined; readonly faults: readonly string[] }> {
  const found = readConfigFile(places, hasToBe, context.isRoot);
  if (found === undefined) return { file: undefined, faults: [] };
  const { parseConfig } = await import('../config/parse-config.ts');
  try {
    return { file: found.file, faults: parseConfig(found.file, found.text, Object.keys(policies)).faults };
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return { file: found.file, faults: [error.message] };
  }
}

/** Prints every setting that holds from run to run, its value and where that came from; rules and connections. */
function show(settings: Settings, context: Context): ExitStatus {
  const { configuration } = settings;
  const { file, places, rules, sections } = configuration;
  const values = optionKeys.flatMap((key) => {
    const option = optionOf(key);
    if (option?.standing === undefined || key === 'config') return [];
    const { notation, ...facts } = factsOf(option.schema);
    const typed = configuration.raw[key] ?? facts.default ?? (notation === 'flag' ? false : null);
    return { name: dashed(key), value: inFile(typed, notation), source: configuration.sources[key] };
  });
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      file: file ?? null,
      settings: values.map(({ source, ...each }) => ({
        ...each,
        source: source?.kind ?? 'default',
        file: source?.kind === 'file' ? source.file : null,
        line: source?.kind === 'file' ? source.line : null,
        variable: source?.kind === 'environment' ? source.variable : null,
      })),
      rules: rules.map(ruleFields),
      connections: sections.map(({ name, uri, isUsed }) => ({ name, uri, used: isUsed })),
    };
    context.out(jsonText('config', context.date(), fields));
    return exitStatus.done;
  }
  context.out(
    `${file === undefined ? `No configuration file: ${absent(places)}` : `Configuration file: ${file}`}\n\n`,
  );
  const columns = ['setting', 'value', 'from'].map((head) => ({ head }));
  context.out(
    table(
      columns,
      values.map(({ name, value, source }) => [name, shown(value), from(source)]),
    ),
  );
  if (rules.length > 0) context.out(`\n${ruleTable(rules)}`);
  for (const { name, uri, isUsed } of sections) {
    const named = name === uri ? '' : ` (${uri})`;
    context.out(`\n[connection.${safeText(name)}]${safeText(named)}: ${isUsed ? 'used' : 'not used'}\n`);
  }
  return exitStatus.done;
}

type Value = string | number | boolean | readonly string[] | null;

/** As a file would have it: a number, a flag, a list, or a text; null if nothing is set. */
function inFile(typed: Value, notation: Notation): Value {
  if (notation === 'list') return typed ?? [];
  const isNumber = notation === 'number' || (notation === 'time' && Number.isFinite(Number(typed)));
  return isNumber && typed !== null ? Number(typed) : typed;
}

function shown(value: Value): string {
  if (value === null) return '-';
  return safeText(Array.isArray(value) ? value.join(' ') || '-' : String(value));
}

function from(source: Source | undefined): string {
  if (source === undefined) return 'default';
  if (source.kind === 'flag') return 'command line';
  return safeText(source.kind === 'environment' ? source.variable : `${source.file}:${source.line}`);
}

function ruleFields({ name, uuid, managed, cpus, priority, cooldown, where }: ConfiguredRule) {
  return {
    name: name ?? null,
    uuid: uuid ?? null,
    managed: managed ?? null,
    cpus: cpus === undefined ? null : formatCpuSet(cpus),
    priority: priority ?? null,
    cooldown: cooldown ?? null,
    where,
  };
}

function ruleTable(rules: readonly ConfiguredRule[]): string {
  const heads = ['[[domain]]', 'managed', 'cpus', 'priority', 'cooldown', 'from'];
  const cell = (value: unknown) => (value === null ? '-' : safeText(String(value)));
  const rows = rules.map((rule) => {
    const { name, uuid, managed, cpus, priority, cooldown, where } = ruleFields(rule);
    const domain = [name, uuid].filter((each) => each !== null).join(' ');
    return [domain, managed, cpus, priority, cooldown && `${cooldown} s`, where].map(cell);
  });
  return table(
    heads.map((head) => ({ head })),
    rows,
  );
}

/** Says that no file is at any of the places. */
function absent(places: readonly string[]): string {
  return `${places.join(' and ')} ${places.length === 1 ? 'is' : 'are'} not there`;
}
