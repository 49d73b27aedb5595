import { type Bounds, unbounded } from '../model/bounds.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { Outcome } from '../virsh/batch.ts';
import type { DomainXml } from '../virsh/domain-xml.ts';
import { boundsOf, type Configuration } from './domain-bounds.ts';

/**
 * A domain's configuration is read when it is first seen, when it has been started anew, and so often besides: an
 * administrator who changes it can wait that long, and reading several hundred each cycle would take seconds.
 */
const rereadMs = 60_000;

/** The XML of a domain, live and inactive, as virsh answered; undefined where it was not asked. */
export type Asked = {
  readonly live: Outcome<DomainXml> | undefined;
  readonly inactive: Outcome<DomainXml> | undefined;
};

/** Keeps the configuration of each domain from one sample to the next. */
export function configurations() {
  let kept = new Map<string, Configuration & { readonly atMs: number }>();
  const failures = new Map<string, string>();

  /** Whether it has to be read again, of a domain that has this id at that time. */
  function isDue(uuid: string, id: number | undefined, nowMs: number): boolean {
    const known = kept.get(uuid);
    return known === undefined || known.live.id !== id || nowMs - known.atMs >= rereadMs;
  }

  /** Takes what was read. What failed is not known, rather than as it was before. */
  function learn(uuid: string, { live, inactive }: Asked, atMs: number): void {
    if (live === undefined || inactive === undefined) return;
    failures.delete(uuid);
    kept.delete(uuid);
    if (!live.ok) failures.set(uuid, live.error);
    else if (!inactive.ok) failures.set(uuid, inactive.error);
    else kept.set(uuid, { live: live.value, inactive: inactive.value, atMs });
  }

  /** What binds a domain in the start of this id. */
  function boundsFor(
    uuid: string,
    id: number | undefined,
    isPersistent: boolean,
    granted: ReadonlyMap<string, CpuSet>,
  ): Bounds {
    const known = kept.get(uuid);
    const failure = failures.get(uuid);
    if (known !== undefined && known.live.id === id)
      return boundsOf(known, isPersistent, granted.get(known.live.partition ?? ''));
    const why =
      failure === undefined ? 'it has just started' : `its configuration could not be read: ${failure}`;
    return { ...unbounded, leave: why };
  }

  /** The partitions that domains are in. */
  function partitions(): ReadonlySet<string> {
    return new Set([...kept.values()].flatMap(({ live }) => live.partition ?? []));
  }

  /** Forgets all domains but these. */
  function forgetOthers(uuids: ReadonlySet<string>): void {
    kept = new Map([...kept].filter(([uuid]) => uuids.has(uuid)));
    for (const uuid of failures.keys()) if (!uuids.has(uuid)) failures.delete(uuid);
  }
  return { isDue, learn, boundsFor, partitions, forgetOthers };
}
