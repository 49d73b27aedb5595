import { matchesDomain } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { settingName } from '../config/source.ts';
import type { DomainRef } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { didYouMean } from '../model/suggest.ts';
import { safeText } from '../render/safe-text.ts';
import { runBatch } from '../virsh/batch.ts';
import { listAll } from '../virsh/commands/list-all.ts';
import type { Virsh } from '../virsh/runner.ts';

/**
 * What cannot be known of a host from here, though it would limit what may be done; with --verbose also what was odd
 * about what virsh said. A line each.
 */
export function warnings(
  { isolated, topologyProblem, remarks = [] }: Snapshot,
  { cpus, verbose }: Pick<Settings, 'cpus' | 'verbose'>,
): readonly string[] {
  const isUnknown = isolated === undefined && cpus === undefined;
  const remote = 'which pCPUs are isolated is not known over a remote connection; --cpus says which to use';
  return [
    ...(isUnknown ? [remote] : []),
    ...topologyWarnings({ topologyProblem }),
    ...(verbose ? remarks.filter((line) => line !== topologyProblem).map(safeText) : []),
  ];
}

/** Why the topology is not known: vCPUs then stay where they may run now. */
export function topologyWarnings({ topologyProblem }: Pick<Snapshot, 'topologyProblem'>): readonly string[] {
  return topologyProblem === undefined ? [] : [safeText(topologyProblem)];
}

/** Where to look for domains, if the connection is the user's own and has none. */
export function sessionHint({ domains }: Pick<Snapshot, 'domains'>, uri: string): readonly string[] {
  if (domains.length > 0 || !/^qemu:\/\/\/session\b/.test(uri)) return [];
  return [`${safeText(uri)} has no running domain; --connect qemu:///system shows those of the system`];
}

/**
 * Patterns of --domain and --exclude that no domain of the host fits, running or not, a sentence each; asks only where
 * there are patterns: a typo there would move what was to be left alone. Those of a configuration file, which several
 * hosts may share, are among the told ones with --verbose only.
 */
export async function unmatchedPatterns(
  settings: Pick<Settings, 'domain' | 'exclude' | 'verbose' | 'configuration'>,
  virsh: Virsh,
  signal: AbortSignal,
  which: 'told' | 'all',
): Promise<readonly string[]> {
  const { sources } = settings.configuration;
  const isWanted = (key: 'domain' | 'exclude') =>
    which === 'all' || settings.verbose || sources[key]?.kind !== 'file';
  const keys = (['domain', 'exclude'] as const).filter((key) => isWanted(key) && settings[key].length > 0);
  if (keys.length === 0) return [];
  const [domains] = (await runBatch(virsh, [listAll], signal)).outcomes;
  // What is not known is no typo.
  if (!domains.ok) return [];
  return keys.flatMap((key) => {
    const name = settingName(sources, key);
    return settings[key]
      .filter((pattern) => !domains.value.some(matchesDomain(pattern)))
      .map((pattern) => `${name} ${safeText(pattern)}: ${noSuchDomain(pattern, domains.value)}`);
  });
}

/** That there is none, and the one that may have been meant. */
export function noSuchDomain(pattern: string, domains: readonly DomainRef[]): string {
  const names = domains.map(({ name }) => name);
  return `no domain of this host has this name, running or not${safeText(didYouMean(pattern, names))}`;
}
