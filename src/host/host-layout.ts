import type { CpuSet } from '../model/cpu-set.ts';
import type { Topology } from '../model/topology.ts';
import type { Outcome } from '../virsh/batch.ts';
import type { Capabilities } from '../virsh/commands/capabilities.ts';
import type { OnlineCpus } from '../virsh/commands/nodecpumap.ts';
import { localCapacity } from './local-capacity.ts';
import type { ReadFile } from './local-host.ts';
import { localTopology } from './local-topology.ts';

/** Where it could not be told twice, libvirt is asked again after so long: it can take seconds, and mostly fails again. */
const retryMs = 60_000;

/** How the host's pCPUs hang together, and what each can do. */
export type HostLayout = {
  readonly topology: Topology;
  /** why libvirt could not tell it; undefined where it could */
  readonly problem: string | undefined;
  readonly capacity: ReadonlyMap<number, number>;
};

/** What was told with this sample, where it was asked. */
type Fresh = Outcome<Capabilities | undefined> | undefined;

/** Keeps the layout from one sample to the next: it changes with the pCPUs that are online. */
export function hostLayout(readFile: ReadFile) {
  let known: HostLayout | undefined;
  let told: OnlineCpus | undefined;
  let capabilities: Capabilities | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  let failures = 0;

  /** Whether 'virsh capabilities' is to be asked with the next sample. */
  function isDue(): boolean {
    return known === undefined || failures === 1 || (failures > 1 && lastMs - readAtMs >= retryMs);
  }

  /** What libvirt told of the pCPUs when its map was as it is now; undefined where that is not known. */
  function witness(now: OnlineCpus, fresh: Fresh): Capabilities | undefined {
    if (fresh?.ok === true) return fresh.value;
    return told !== undefined && isSameMap(told, now) ? capabilities : undefined;
  }

  /**
   * The layout that counts for a sample. One that is out of date counts until the next sample has another.
   * @param fresh what was told with this sample, if it was asked
   * @param isHere whether the host is this machine, whose files can stand in for what libvirt cannot tell
   */
  async function of(
    now: OnlineCpus,
    online: CpuSet,
    fresh: Fresh,
    isHere: boolean,
    takenAtMs: number,
  ): Promise<HostLayout> {
    lastMs = takenAtMs;
    if (known !== undefined && fresh === undefined) {
      const current = known;
      if (told !== undefined && !isSameMap(told, now)) known = undefined;
      return current;
    }
    readAtMs = takenAtMs;
    told = now;
    failures = fresh?.ok === false ? failures + 1 : 0;
    capabilities = fresh?.ok === true ? fresh.value : undefined;
    const problem =
      fresh?.ok === false
        ? `the cells and cores of the host are not known, since libvirt cannot report its topology: ${fresh.error}`
        : undefined;
    const topology = capabilities?.topology ?? (isHere ? await localTopology(online, readFile) : []);
    const capacity = isHere ? await localCapacity(online, readFile) : new Map<number, number>();
    known = { topology, problem, capacity };
    return known;
  }
  return { isDue, witness, of };
}

/**
 * Whether the pCPUs are those that they were. The map counts where it has as many as are told beside it: else it changes
 * from call to call by itself.
 */
function isSameMap(before: OnlineCpus, now: OnlineCpus): boolean {
  const isTrue = ({ map, count }: OnlineCpus) => count === undefined || map.length === count;
  if (!isTrue(before) || !isTrue(now)) return before.count === now.count;
  return before.map.length === now.map.length && before.map.every((cpu, i) => cpu === now.map[i]);
}
