import { matchesDomain } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { settingName } from '../config/source.ts';
import type { DomainRef } from '../model/domain.ts';
import { didYouMean } from '../model/suggest.ts';
import { safeText } from '../render/safe-text.ts';
import { runBatch } from '../virsh/batch.ts';
import { listAll } from '../virsh/commands/list-all.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { World } from './world.ts';

/**
 * Tells each pattern of --domain and --exclude that no domain of the host fits: a typo there would move what was to
 * be left alone. Those of a configuration file, which several hosts may share, are told with --verbose only.
 */
export async function tellUnmatched(settings: Settings, world: World, virsh: Virsh): Promise<void> {
  if (settings.quiet) return;
  const { sources } = settings.configuration;
  const isTold = (key: 'domain' | 'exclude') => settings.verbose || sources[key]?.kind !== 'file';
  for (const line of await unmatchedPatterns(settings, virsh, isTold, world.signal))
    world.err(`vcpusched: ${line}\n`);
}

/**
 * Patterns of --domain and --exclude that no domain of the host fits, running or not, a sentence each; asks only where
 * there are patterns.
 * @param isWanted which of the two are looked at
 */
export async function unmatchedPatterns(
  settings: Settings,
  virsh: Virsh,
  isWanted: (key: 'domain' | 'exclude') => boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keys = (['domain', 'exclude'] as const).filter((key) => isWanted(key) && settings[key].length > 0);
  if (keys.length === 0) return [];
  const [domains] = (await runBatch(virsh, [listAll], signal)).outcomes;
  // What is not known is no typo.
  if (!domains.ok) return [];
  return keys.flatMap((key) => {
    const name = settingName(settings.configuration.sources, key);
    return settings[key]
      .filter((pattern) => !domains.value.some(matchesDomain(pattern)))
      .map((pattern) => `${name} ${safeText(pattern)}: ${noSuchDomain(pattern, domains.value)}`);
  });
}

/** That there is none, and the one that may have been meant. */
export function noSuchDomain(pattern: string, domains: readonly DomainRef[]): string {
  const names = domains.map(({ name }) => name);
  return `no domain of this host, running or not, is called so${safeText(didYouMean(pattern, names))}`;
}
