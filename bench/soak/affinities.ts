import { setTimeout as sleep } from 'node:timers/promises';
import { formatCpuSet } from '../../src/model/cpu-set.ts';
import { truth } from '../../test/real/support/truth.ts';

/** An affinity that the kernel shows, and did not show when it was asked before. */
export type Change = {
  /** of the vCPU: UUID and number */
  readonly key: string;
  readonly to: string;
  /** when it was not so yet, and when it was; milliseconds since the epoch */
  readonly afterMs: number;
  readonly byMs: number;
};

/** The affinities of all vCPUs, as the kernel has them, by UUID and number. */
export async function affinities(): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await truth()).map(({ uuid, vcpu, affinity }) => [`${uuid} ${vcpu}`, formatCpuSet(affinity)]),
  );
}

/** Looks twice a second, until the signal. */
export async function followAffinities(signal: AbortSignal): Promise<readonly Change[]> {
  const changes: Change[] = [];
  let last = await affinities();
  let afterMs = Date.now();
  while (!signal.aborted) {
    await sleep(500, undefined, { signal }).catch(() => undefined);
    const startMs = Date.now();
    const now = await affinities();
    const byMs = Date.now();
    for (const [key, to] of now) if (last.get(key) !== to) changes.push({ key, to, afterMs, byMs });
    last = now;
    afterMs = startMs;
  }
  return changes;
}
