import { sameCpus } from '../model/cpu-set.ts';
import type { Placement } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Topology } from '../model/topology.ts';
import { runAbout } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { capabilities } from '../virsh/commands/capabilities.ts';
import { domid } from '../virsh/commands/domid.ts';
import { domstats } from '../virsh/commands/domstats.ts';
import { dumpxml, dumpxmlInactive } from '../virsh/commands/dumpxml.ts';
import { list, listPersistent } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { uri } from '../virsh/commands/uri.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import type { DomainXml } from '../virsh/domain-xml.ts';
import type { Virsh } from '../virsh/runner.ts';
import { configurations, type Start } from './configurations.ts';
import { type DomainFacts, joinDomains } from './join-domains.ts';
import { localHost, type ReadFile } from './local-host.ts';
import { mustRead } from './must-read.ts';

/** Reads one host again and again, with one virsh process a sample. */
export type HostReader = {
  /**
   * The first sample has counters only: which domains to ask for their vCPUs' places is not known yet.
   * @throws {VcpuschedError} where libvirt cannot be read
   */
  readonly sample: (signal?: AbortSignal) => Promise<Snapshot>;
  /** the connection as libvirt names it; '' before the first sample */
  readonly uri: () => string;
};

export function hostReader(virsh: Virsh, readFile: ReadFile): HostReader {
  let asking: readonly Question[] = [];
  let connection = '';
  let layout: { readonly topology: Topology; readonly online: readonly number[] } | undefined;
  const known = configurations();
  const machine = localHost(readFile);

  async function sample(signal?: AbortSignal): Promise<Snapshot> {
    const { outcomes, about, firstEndedAtMs } = await runAbout(
      virsh,
      {
        first: [
          domstats,
          list,
          listPersistent,
          nodecpumap,
          uri,
          layout === undefined ? capabilities : unchanged,
        ],
      },
      asking,
      commandsAbout,
      signal,
    );
    const [stats, names, persistent, online, named, topology] = outcomes;
    const onlineNow = mustRead(online);
    connection = mustRead(named);
    if (topology.ok && topology.value !== undefined) layout = { topology: topology.value, online: onlineNow };
    const answers = [...about];
    for (const [question, [, start, inactive]] of answers)
      known.learn(question, start, inactive, firstEndedAtMs);
    const { isolated, granted } = await machine.read(connection, onlineNow, known.partitions());
    const persistentOnes = new Set(mustRead(persistent).map(({ uuid }) => uuid));
    const facts = answers.map(([{ uuid }, [placements, start]]): [string, DomainFacts] => {
      const id = start.ok ? start.value.id : undefined;
      return [uuid, { placements, id, bounds: known.boundsFor(uuid, id, persistentOnes.has(uuid), granted) }];
    });
    const snapshot: Snapshot = {
      takenAtMs: firstEndedAtMs,
      online: onlineNow,
      isolated,
      topology: layout?.topology ?? [],
      pcpuTimes: new Map(),
      capacity: new Map(),
      ...joinDomains(mustRead(names), mustRead(stats), new Map(facts)),
    };
    if (layout !== undefined && !sameCpus(layout.online, onlineNow)) layout = undefined;
    known.forgetOthers(new Set(snapshot.domains.map(({ uuid }) => uuid)));
    asking = snapshot.domains.map(({ uuid, id }) => {
      const isPersistent = persistentOnes.has(uuid);
      return { uuid, isPersistent, isDue: known.isDue(uuid, id, isPersistent, firstEndedAtMs) };
    });
    return snapshot;
  }
  return { sample, uri: () => connection };
}

type Question = { readonly uuid: string; readonly isPersistent: boolean; readonly isDue: boolean };

type About = readonly [
  Command<ReadonlyMap<number, Placement>>,
  Command<Start>,
  /** the persistent configuration */
  ...Command<DomainXml>[],
];

/** What is asked about each domain. Its XML has the id too, and every word counts: one argument holds them all. */
function commandsAbout({ uuid, isPersistent, isDue }: Question): About {
  if (!isDue) return [vcpuinfo(uuid), read(domid(uuid), (id) => ({ id, live: undefined }))];
  const start = read(dumpxml(uuid), (live) => ({ id: live.id, live }));
  return [vcpuinfo(uuid), start, ...(isPersistent ? [dumpxmlInactive(uuid)] : [])];
}

/** A command whose output is read into something else. */
function read<T, U>({ words, parse }: Command<T>, into: (value: T) => U): Command<U> {
  return { words, parse: (stdout) => into(parse(stdout)) };
}

/** Stands where `capabilities` would, when the topology is known: it can take seconds. */
const unchanged: Command<undefined> = { words: ['echo', 'unchanged'], parse: () => undefined };
