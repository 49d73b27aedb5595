import { describe, expect, test } from 'vitest';
import type { ConfiguredRule } from '../../src/config/configuration.ts';
import { domainRules } from '../../src/config/domain-rules.ts';

const nothing = { managed: undefined, cpus: undefined, priority: undefined, cooldown: undefined };
const rule = (line: number, given: Partial<ConfiguredRule>): ConfiguredRule => ({
  ...nothing,
  name: undefined,
  uuid: undefined,
  where: `c.toml:${line}`,
  ...given,
});
const [one, two] = ['11111111-2222-4333-8444-555555555551', '11111111-2222-4333-8444-555555555552'];
const domain = (name: string, uuid = one) => ({ name, uuid });

test('no rules say nothing', () => {
  const { exclusion, rule: of } = domainRules([]);
  expect([exclusion(domain('x')), of(domain('x'))]).toEqual([undefined, {}]);
});

describe('whom a rule fits', () => {
  const rules = [
    rule(1, { name: 'db-*', priority: 1 }),
    rule(2, { uuid: two, priority: 2 }),
    rule(3, { name: 'web', uuid: two, priority: 3 }),
    rule(4, { name: two, priority: 4 }),
  ];
  test.each([
    ['db-1', one, 1],
    ['db-1', two, 2],
    ['web', two, 3],
    ['web', one, undefined],
    [two, one, 4],
  ])('%s, %s', (name, uuid, priority) => {
    expect(domainRules(rules).rule(domain(name, uuid)).priority).toBe(priority);
  });
});

test('the last rule that says a thing has the word about that thing', () => {
  const { exclusion, rule: of } = domainRules([
    rule(1, { name: '*', managed: false, cpus: [0, 1], cooldown: 60 }),
    rule(2, { name: 'web-*', managed: true, priority: 5 }),
    rule(3, { name: 'web-9', managed: false, cpus: [7] }),
  ]);
  const says = (line: number) => `the configuration says managed = false (c.toml:${line})`;
  expect(['db', 'web-1', 'web-9'].map((name) => exclusion(domain(name)))).toEqual([
    says(1),
    undefined,
    says(3),
  ]);
  expect(of(domain('web-9'))).toEqual({
    cpus: { set: [7], by: 'c.toml:3' },
    priority: 5,
    cooldown: { seconds: 60, by: 'c.toml:1' },
  });
});
