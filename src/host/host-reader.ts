import { sameCpus } from '../model/cpu-set.ts';
import type { Placement } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Topology } from '../model/topology.ts';
import { cutBatches, type Outcome, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { capabilities } from '../virsh/commands/capabilities.ts';
import { domstats } from '../virsh/commands/domstats.ts';
import { list } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import { virshFailure } from '../virsh/failures.ts';
import type { Virsh } from '../virsh/runner.ts';
import { joinDomains, type Placements } from './join-domains.ts';

/** Reads one host again and again, with one virsh process a sample. */
export type HostReader = {
  /**
   * The first sample has counters only: which domains to ask for their vCPUs' places is not known yet.
   * @throws {VcpuschedError} where libvirt cannot be read
   */
  readonly sample: (signal?: AbortSignal) => Promise<Snapshot>;
};

export function hostReader(virsh: Virsh): HostReader {
  let uuids: readonly string[] = [];
  let known: { readonly topology: Topology; readonly online: readonly number[] } | undefined;

  async function sample(signal?: AbortSignal): Promise<Snapshot> {
    const [asked = [], ...more] = cutBatches(uuids, (uuid) => [vcpuinfo(uuid)]);
    const { outcomes, firstEndedAtMs } = await runBatch(
      virsh,
      [domstats, list, nodecpumap, known === undefined ? capabilities : unchanged, ...asked.map(vcpuinfo)],
      signal,
    );
    const [stats, names, online, topology, ...placed] = outcomes;
    for (const group of more) placed.push(...(await runBatch(virsh, group.map(vcpuinfo), signal)).outcomes);

    const onlineNow = must(online);
    if (topology.ok && topology.value !== undefined) known = { topology: topology.value, online: onlineNow };
    const snapshot: Snapshot = {
      takenAtMs: firstEndedAtMs,
      online: onlineNow,
      topology: known?.topology ?? [],
      ...joinDomains(must(names), must(stats), byUuid(uuids, placed)),
    };
    if (known !== undefined && !sameCpus(known.online, onlineNow)) known = undefined;
    uuids = snapshot.domains.map(({ uuid }) => uuid);
    return snapshot;
  }
  return { sample };
}

/** Stands where `capabilities` would, when the topology is known: it can take seconds. */
const unchanged: Command<undefined> = { words: ['echo', 'unchanged'], parse: () => undefined };

function must<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw virshFailure('cannot read the host', outcome.error);
}

function byUuid(
  uuids: readonly string[],
  placed: readonly Outcome<ReadonlyMap<number, Placement>>[],
): ReadonlyMap<string, Placements> {
  return new Map(uuids.flatMap((uuid, i) => (placed[i] === undefined ? [] : [[uuid, placed[i]]])));
}
