import type { DomainRef } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import type { ConfiguredRule } from './configuration.ts';
import { nameMatcher } from './domain-filter.ts';

/** What the rules of a configuration come to for a domain: of those that fit it, the last that says a thing. */
export type DomainRules = {
  /** why it must not be touched; undefined where it may be */
  readonly exclusion: (domain: DomainRef) => string | undefined;
  readonly rule: (domain: DomainRef) => DomainRule;
};

export function domainRules(rules: readonly ConfiguredRule[]): DomainRules {
  const matchers = rules.map((rule) => ({ rule, fits: fitter(rule) }));
  const last = (domain: DomainRef, key: keyof ConfiguredRule) =>
    matchers.findLast(({ rule, fits }) => rule[key] !== undefined && fits(domain))?.rule;
  return {
    exclusion: (domain) => {
      const rule = last(domain, 'managed');
      return rule?.managed === false ? `the configuration says managed = false (${rule.where})` : undefined;
    },
    rule: (domain) => {
      const cpus = last(domain, 'cpus');
      const cooldown = last(domain, 'cooldown');
      return {
        cpus: cpus?.cpus === undefined ? undefined : { set: cpus.cpus, by: cpus.where },
        priority: last(domain, 'priority')?.priority,
        cooldown:
          cooldown?.cooldown === undefined ? undefined : { seconds: cooldown.cooldown, by: cooldown.where },
      };
    },
  };
}

/** A rule that has a name and a UUID is for a domain that has both. */
function fitter({ name, uuid }: ConfiguredRule): (domain: DomainRef) => boolean {
  const matches = name === undefined ? () => true : nameMatcher(name);
  return (domain) => (uuid === undefined || domain.uuid === uuid) && matches(domain.name);
}
