import * as v from 'valibot';
import { camel } from '../../../src/config/names.ts';
import { ofOneRun, standing } from '../../../src/config/settings.ts';

/** What the program itself knows of a setting: the documents have to say the same. */
type SettingFacts = {
  /** as a user writes it; undefined where there is none, or where it is that of a flag or a list */
  readonly default: string | undefined;
  /** `above 0, at most 3600`; undefined for what is no number */
  readonly range: string | undefined;
  /** the words that it takes; none where it takes any */
  readonly choices: readonly string[];
};

/** @param option its long name, `--window` */
export function settingFacts(option: string): SettingFacts | undefined {
  const settings: Readonly<Record<string, Setting>> = { ...standing, ...ofOneRun };
  const setting = settings[camel(option.slice(2))];
  if (setting === undefined) return undefined;
  const { wrapped, default: value } = setting;
  const refused = v.safeParse(wrapped, 'no number').issues?.[0]?.message ?? '';
  return {
    default: typeof value === 'string' ? value : undefined,
    range: /(above|from|at least) \d\S*( to \d+|,? at most \d+d?)?/.exec(refused)?.[0].replace(/,$/, ''),
    choices: 'options' in wrapped ? (wrapped.options as readonly string[]) : [],
  };
}

type Setting = { readonly wrapped: v.GenericSchema; readonly default: unknown };
