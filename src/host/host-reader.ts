import { sameCpus } from '../model/cpu-set.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Topology } from '../model/topology.ts';
import { cutBatches, type Outcome, outcomesByItem, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { capabilities } from '../virsh/commands/capabilities.ts';
import { domid } from '../virsh/commands/domid.ts';
import { domstats } from '../virsh/commands/domstats.ts';
import { list } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { uri } from '../virsh/commands/uri.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import { virshFailure } from '../virsh/failures.ts';
import type { Virsh } from '../virsh/runner.ts';
import { type DomainFacts, joinDomains } from './join-domains.ts';

/** Reads one host again and again, with one virsh process a sample. */
export type HostReader = {
  /**
   * The first sample has counters only: which domains to ask for their vCPUs' places is not known yet.
   * @throws {VcpuschedError} where libvirt cannot be read
   */
  readonly sample: (signal?: AbortSignal) => Promise<Snapshot>;
  /** the connection as libvirt names it; undefined before the first sample */
  readonly uri: () => string | undefined;
};

export function hostReader(virsh: Virsh): HostReader {
  let uuids: readonly string[] = [];
  let connection: string | undefined;
  let known: { readonly topology: Topology; readonly online: readonly number[] } | undefined;

  async function sample(signal?: AbortSignal): Promise<Snapshot> {
    const [asked = [], ...more] = cutBatches(uuids, domainCommands);
    const { outcomes, firstEndedAtMs } = await runBatch(
      virsh,
      [
        domstats,
        list,
        nodecpumap,
        uri,
        known === undefined ? capabilities : unchanged,
        ...asked.flatMap<Command<unknown>>(domainCommands),
      ],
      signal,
    );
    const [stats, names, online, named, topology, ...told] = outcomes;
    for (const group of more) {
      const { outcomes: rest } = await runBatch(
        virsh,
        group.flatMap<Command<unknown>>(domainCommands),
        signal,
      );
      told.push(...rest);
    }

    const onlineNow = must(online);
    connection = must(named);
    if (topology.ok && topology.value !== undefined) known = { topology: topology.value, online: onlineNow };
    const snapshot: Snapshot = {
      takenAtMs: firstEndedAtMs,
      online: onlineNow,
      topology: known?.topology ?? [],
      ...joinDomains(must(names), must(stats), factsByUuid(uuids, told)),
    };
    if (known !== undefined && !sameCpus(known.online, onlineNow)) known = undefined;
    uuids = snapshot.domains.map(({ uuid }) => uuid);
    return snapshot;
  }
  return { sample, uri: () => connection };
}

/** What is asked about each domain. */
function domainCommands(uuid: string) {
  return [vcpuinfo(uuid), domid(uuid)] as const;
}

/** Stands where `capabilities` would, when the topology is known: it can take seconds. */
const unchanged: Command<undefined> = { words: ['echo', 'unchanged'], parse: () => undefined };

function must<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw virshFailure('cannot read the host', outcome.error);
}

function factsByUuid(
  uuids: readonly string[],
  told: readonly Outcome<unknown>[],
): ReadonlyMap<string, DomainFacts> {
  const byUuid = outcomesByItem(uuids, domainCommands, told);
  return new Map([...byUuid].map(([uuid, [placements, id]]) => [uuid, { placements, id }]));
}
