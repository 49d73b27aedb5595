import type { DomainRef } from '../model/domain.ts';
import { groupBy } from '../model/group-by.ts';
import { type DomainStats, headOfBlock } from '../virsh/commands/domstats.ts';
import { rowsOfName, withoutPadding } from '../virsh/commands/list.ts';

/**
 * A domain, and what domstats tells of it: nothing where it is not running, and nothing that can be relied on where its name
 * cannot be told from another one's (`doubtful`), or is like the output of virsh (`forging`).
 */
export type WithStats = {
  readonly ref: DomainRef;
  readonly found: DomainStats | 'doubtful' | 'forging' | undefined;
};

/**
 * Finds what domstats tells of each domain. It names domains only, and virsh escapes no name: one with a line break can look
 * like a row of `list` or a block of domstats, and `list` adds spaces at the end. What a domain is called by its own XML,
 * asked for by UUID, is true. What such names make virsh print is known by then, and left out.
 * @param names the active domains
 * @param stats the running ones
 * @param ownName by its XML; undefined where that is not known
 * @returns one for each UUID, ascending
 */
export function statsByDomain(
  names: readonly DomainRef[],
  stats: readonly DomainStats[],
  ownName: (uuid: string) => string | undefined,
): readonly WithStats[] {
  const own = names.flatMap(({ uuid }) => ownName(uuid) ?? []);
  const forging = [...new Set(own.filter((name) => name.includes('\n')))];
  const rows = [...groupBy(withoutForgedRows(names, forging), ({ uuid }) => uuid)];
  const domains = rows.map(([uuid, [{ name }, ...more]]) => {
    const trueName = ownName(uuid);
    const isOne = more.every((row) => row.name === name);
    return { ref: { uuid, name: trueName ?? name }, isTrue: trueName !== undefined, isOne };
  });
  const real = withoutForgedBlocks(stats, forging);
  const byName = groupBy(real, ({ name }) => name);
  const areAllTrue = domains.every(({ isTrue }) => isTrue);
  const alike = groupBy(areAllTrue ? [] : domains, ({ ref }) => withoutPadding(ref.name));
  const byPaddedName = groupBy(areAllTrue ? [] : real, ({ name }) => withoutPadding(name));

  function statsOf({ ref, isTrue, isOne }: (typeof domains)[number]): WithStats['found'] {
    if (isTrue && ref.name.includes('\n')) return 'forging';
    const isAlone = isOne && alike.get(withoutPadding(ref.name))?.length === 1;
    const [found, ...others] = (isTrue ? byName : byPaddedName).get(ref.name) ?? [];
    return (isTrue || isAlone) && others.length === 0 ? found : 'doubtful';
  }
  return domains
    .map((domain) => ({ ref: domain.ref, found: statsOf(domain) }))
    .sort((a, b) => (a.ref.uuid < b.ref.uuid ? -1 : 1));
}

/** Without the rows that names look like, each as often as they do. */
function withoutForgedRows(rows: readonly DomainRef[], names: readonly string[]): readonly DomainRef[] {
  if (names.length === 0) return rows;
  const keyOf = ({ uuid, name }: DomainRef) => `${uuid} ${name}`;
  const counts = new Map<string, number>();
  for (const row of names.flatMap(rowsOfName)) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(keyOf(row)) ?? 0;
    counts.set(keyOf(row), left - 1);
    return left <= 0;
  });
}

/** Without the blocks that names look like, and what is told of their own domains: it stands below the last of them. */
function withoutForgedBlocks(
  stats: readonly DomainStats[],
  names: readonly string[],
): readonly DomainStats[] {
  if (names.length === 0) return stats;
  const heads = names.map(headOfBlock).sort((a, b) => b.length - a.length);
  const left: DomainStats[] = [];
  for (let i = 0; i < stats.length; ) {
    const forged = heads.map((head) => blocksIn(head, stats, i)).find((count) => count > 0);
    if (forged === undefined) left.push(...stats.slice(i, i + 1));
    i += forged ?? 1;
  }
  return left;
}

/** How many blocks a head looks like that stands at the beginning of one of them; 0 where it does not stand there. */
function blocksIn(head: string, stats: readonly DomainStats[], first: number): number {
  let rest = head;
  for (let i = first; i < stats.length; i++) {
    const { text = '' } = stats[i] ?? {};
    if (text.startsWith(rest)) return i + 1 - first;
    if (text === '' || !rest.startsWith(text)) return 0;
    rest = rest.slice(text.length);
  }
  return 0;
}
