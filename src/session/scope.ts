import { domainFilter } from '../config/domain-filter.ts';
import { domainRules } from '../config/domain-rules.ts';
import type { Settings } from '../config/settings.ts';
import { settingName } from '../config/source.ts';
import type { Scope } from '../host/measure.ts';

/** What the settings and the rules of the configuration let vcpusched use and touch. */
export function scopeOf(settings: ScopeSettings): Scope {
  const { cpus, dedicated, foreign, capacity, domain, exclude, configuration } = settings;
  const { rules, sources } = configuration;
  const filter = domainFilter(domain, exclude, {
    only: settingName(sources, 'domain'),
    except: settingName(sources, 'exclude'),
  });
  const { exclusion, rule } = domainRules(rules);
  return {
    cpus,
    dedicated,
    foreign,
    capacity: new Map(capacity.flatMap((each) => each.cpus.map((cpu) => [cpu, each.share] as const))),
    exclusion: (ref) => filter(ref) ?? exclusion(ref),
    rule,
  };
}

export type ScopeSettings = Pick<
  Settings,
  'cpus' | 'dedicated' | 'foreign' | 'capacity' | 'domain' | 'exclude' | 'configuration'
>;
