import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { dashed } from '../../src/config/names.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { standing } from '../../src/config/settings.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';

/** `config` names the file, and `domain` is the name of the rules in it. */
const keys = Object.keys(standing).filter((key) => key !== 'config' && key !== 'domain');
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
});

describe('man/vcpusched.5', () => {
  const page = manPage('man/vcpusched.5');

  test('has every setting, and none besides', () => {
    const told = page
      .entries('SETTINGS')
      .flatMap(({ text }) => text.split(/\. | An option/)[0]?.match(/[\w-]+/g) ?? []);
    expect(told.toSorted()).toEqual(keys.map(dashed).toSorted());
  });

  test('has everything that a rule can say', () => {
    expect(page.entries('RULES FOR DOMAINS').map(({ tag }) => tag)).toEqual(ofRules);
  });
});
