import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { dashed } from '../../src/options/names.ts';
import { optionKeys, optionOf } from '../../src/options/options.ts';
import { priority } from '../../src/options/values.ts';
import { settingFacts } from './support/command-line.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';

const keys = optionKeys.filter((key) => optionOf(key)?.standing === 'file');
const ofRules = ['name', 'uuid', 'managed', 'cpus', 'priority', 'cooldown'];

describe('share/vcpusched.toml', () => {
  const sample = read('share/vcpusched.toml');
  const parsed = (text: string) => parseConfig('share/vcpusched.toml', text, Object.keys(policies));

  test('sets nothing as it comes', () => {
    expect(parsed(sample)).toMatchObject({ top: { raw: {}, rules: [] }, connections: [], faults: [] });
  });

  test('has every setting and every kind of rule, and no fault in it', () => {
    const uncommented = sample.replaceAll(/^#(?=[[a-z])/gm, '');
    const { top, connections, faults } = parsed(uncommented);
    expect(faults).toEqual([]);
    expect(Object.keys(top.raw).toSorted()).toEqual(keys.toSorted());
    const said = top.rules.flatMap(({ where: _, ...rule }) =>
      Object.entries(rule).flatMap(([key, value]) => (value === undefined ? [] : key)),
    );
    expect(ofRules.filter((key) => key !== 'uuid' && !said.includes(key))).toEqual([]);
    expect(connections).toMatchObject([{ name: 'lab', rules: [{ managed: false }] }]);
  });

  test('shows the default of each setting that has one', () => {
    const { top } = parsed(sample.replaceAll(/^#(?=[[a-z])/gm, ''));
    const defaults = keys.map((key) => {
      const facts = settingFacts(`--${dashed(key)}`);
      return [key, facts.notation === 'flag' ? 'false' : facts.default] as const;
    });
    const wanted = defaults.filter(([, value]) => value !== undefined);
    expect(wanted.length).toBeGreaterThan(15);
    expect(wanted.map(([key]) => [key, String(top.raw[key])])).toEqual(wanted);
  });
});

describe('man/vcpusched.toml.5', () => {
  const page = manPage('man/vcpusched.toml.5');

  test('has every setting, and none besides', () => {
    const told = page
      .entries('SETTINGS')
      .flatMap(({ text }) => text.split(/\. | An option/)[0]?.match(/[\w-]+/g) ?? []);
    expect(told.toSorted()).toEqual(keys.map(dashed).toSorted());
  });

  test('says how each setting is written', () => {
    const notations = { number: 'numbers', time: 'times', flag: 'true or false', list: 'lists of texts' };
    const tags = { ...notations, text: 'texts, in quotes', 'number or text': 'numbers, or texts in quotes' };
    for (const key of keys) {
      const tag = tags[settingFacts(`--${dashed(key)}`).notation];
      const { text = '' } = page.entries('SETTINGS').find((entry) => entry.tag === tag) ?? {};
      expect(text.match(/[\w-]+/g)).toContain(dashed(key));
    }
  });

  test('has everything that a rule can say, and its range', () => {
    const entries = page.entries('RULES FOR DOMAINS');
    expect(entries.map(({ tag }) => tag)).toEqual(ofRules);
    const range = /from -?\d+ to \d+/.exec(v.safeParse(priority, '').issues?.[0]?.message ?? '')?.[0];
    expect(entries.find(({ tag }) => tag === 'priority')?.text).toContain(`whole number ${range}`);
    const ofCooldown = settingFacts('--cooldown').range ?? 'none';
    expect(entries.find(({ tag }) => tag === 'cooldown')?.text.toLowerCase()).toContain(ofCooldown);
  });
});
