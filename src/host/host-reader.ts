import { VcpuschedError } from '../errors.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import { isRemote } from '../model/is-remote.ts';
import type { PcpuTimes, Snapshot } from '../model/snapshot.ts';
import { runAbout, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { capabilities } from '../virsh/commands/capabilities.ts';
import { domid } from '../virsh/commands/domid.ts';
import { domstats } from '../virsh/commands/domstats.ts';
import { dumpxml, dumpxmlInactive } from '../virsh/commands/dumpxml.ts';
import { list, listPersistent } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { nodecpustats } from '../virsh/commands/nodecpustats.ts';
import { pciDeviceCell } from '../virsh/commands/nodedev-dumpxml.ts';
import { uri } from '../virsh/commands/uri.ts';
import { type VcpuInfo, vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import type { DomainXml } from '../virsh/domain-xml.ts';
import { BatchRefused } from '../virsh/failures.ts';
import type { Virsh } from '../virsh/runner.ts';
import { configurations, type Start } from './configurations.ts';
import { hostLayout } from './host-layout.ts';
import { jobWatch } from './job-watch.ts';
import { type DomainFacts, joinDomains } from './join-domains.ts';
import { localHost, type ReadFile } from './local-host.ts';
import { mustRead } from './must-read.ts';
import { onlineCpus } from './online-cpus.ts';
import { pcpuClock } from './pcpu-clock.ts';

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

/** @param connect the connection that the user has named, if any: of a remote host this machine's files say nothing */
export function hostReader(virsh: Virsh, readFile: ReadFile, connect?: string): HostReader {
  let asking: readonly Question[] = [];
  let connection = '';
  const cells = new Map<string, number | undefined>();
  const known = configurations();
  const jobs = jobWatch();
  const layouts = hostLayout(readFile);
  const machine = localHost(readFile);
  const clock = pcpuClock();
  const remarks = remarkList();

  async function sample(signal?: AbortSignal): Promise<Snapshot> {
    const pcpus = clock.toAsk(await guess());
    const isLayoutDue = layouts.isDue();
    const {
      outcomes,
      about,
      beside,
      firstEndedAtMs: takenAtMs,
      ...said
    } = await ask(pcpus, isLayoutDue, signal);
    remarks.add(said.remarks);
    const [stats, names, persistent, told, named, host] = outcomes;
    const map = mustRead(told);
    connection = mustRead(named);
    const hostNow = isLayoutDue ? host : undefined;
    const times = new Map(clock.learn(pcpus, beside, takenAtMs));
    for (const [question, [, start, inactive]] of about) known.learn(question, start, inactive, takenAtMs);
    await askForCells(signal);

    const witness = layouts.witness(map, hostNow);
    const byLibvirt = onlineCpus({ told: map, capabilities: witness, local: undefined });
    const here = await machine.read(connection, byLibvirt.online, known.partitions(), times);
    const isHere = here.place === 'here';
    const local = isHere ? await machine.online() : undefined;
    const { online, remark } = onlineCpus({ told: map, capabilities: witness, local });
    const layout = await layouts.of(map, online, hostNow, isHere, takenAtMs);
    clock.sampled(online, takenAtMs);
    await addMissing(times, signal);
    remarks.add([...(witness?.remarks ?? []), remark, layout.problem]);

    const isPersistent = new Set(mustRead(persistent).map(({ uuid }) => uuid));
    const facts = [...about].map(([{ uuid }, [placements, start]]): [string, DomainFacts] => {
      const id = start.ok ? start.value.id : undefined;
      const cellOf = (device: string) => cells.get(device);
      const bounds = known.boundsFor(uuid, id, isPersistent.has(uuid), here.granted, cellOf);
      return [uuid, { placements, id, bounds }];
    });
    const snapshot: Snapshot = {
      takenAtMs,
      online,
      isolated: here.isolated,
      topology: layout.topology,
      topologyProblem: layout.problem,
      pcpuTimes: new Map([...times].filter(([cpu]) => online.includes(cpu))),
      capacity: layout.capacity,
      ...joinDomains(mustRead(names), mustRead(stats), new Map(facts), jobs.hasJob),
      remarks: remarks.all(),
    };
    prepare(snapshot, isPersistent);
    return snapshot;
  }

  /** The pCPUs that a first sample asks for: the host is mostly this machine. */
  async function guess(): Promise<CpuSet> {
    const named = connection || connect;
    return named !== undefined && isRemote(named) ? [] : ((await machine.online()) ?? []);
  }

  /** A virsh that does not know of pCPU times runs nothing at all: it is asked again without. */
  async function ask(pcpus: CpuSet, isLayoutDue: boolean, signal: AbortSignal | undefined) {
    const first = [
      domstats,
      list,
      listPersistent,
      nodecpumap,
      uri,
      isLayoutDue ? capabilities : unchanged,
    ] as const;
    const run = (beside: readonly Command<PcpuTimes>[]) =>
      runAbout(virsh, { first, beside }, asking, commandsAbout, signal);
    try {
      return await run(pcpus.map(nodecpustats));
    } catch (error) {
      if (!(error instanceof BatchRefused) || pcpus.length === 0) throw error;
      clock.giveUp();
      return run([]);
    }
  }

  /** The times of pCPUs that nobody knew to be online when the first sample was taken. */
  async function addMissing(times: Map<number, PcpuTimes>, signal: AbortSignal | undefined): Promise<void> {
    const cpus = clock.missing(times);
    if (cpus.length === 0) return;
    try {
      const { beside } = await runAbout(
        virsh,
        { first: [unchanged], beside: cpus.map(nodecpustats) },
        [],
        () => [],
        signal,
      );
      for (const [cpu, each] of clock.learn(cpus, beside, Number.NaN)) times.set(cpu, each);
    } catch (error) {
      if (!(error instanceof VcpuschedError)) throw error;
      clock.giveUp();
      remarks.add([`the times of pCPUs could not be read: ${error.message}`]);
    }
  }

  /** Each device is asked for once: it stays where it is. */
  async function askForCells(signal: AbortSignal | undefined): Promise<void> {
    const devices = [...known.devices()].filter(([name]) => !cells.has(name));
    if (devices.length === 0) return;
    for (const [name] of devices) cells.set(name, undefined);
    try {
      const { outcomes } = await runBatch(
        virsh,
        devices.map(([, address]) => pciDeviceCell(address)),
        signal,
      );
      for (const [i, [name]] of devices.entries()) {
        const outcome = outcomes[i];
        if (outcome?.ok === true) cells.set(name, outcome.value);
        else remarks.add([`the cell of the device ${name} is not known: ${outcome?.error}`]);
      }
    } catch (error) {
      if (!(error instanceof VcpuschedError)) throw error;
      remarks.add([`the cells of devices are not known: ${error.message}`]);
    }
  }

  /** What the next sample is to ask. */
  function prepare({ domains, paused = [], takenAtMs }: Snapshot, isPersistent: ReadonlySet<string>): void {
    const all = [...domains, ...paused];
    const present = new Set(all.map(({ uuid }) => uuid));
    known.forgetOthers(present);
    jobs.forgetOthers(present);
    asking = all.map(({ uuid, id }) => {
      const persists = isPersistent.has(uuid);
      return { uuid, isPersistent: persists, isDue: known.isDue(uuid, id, persists, takenAtMs) };
    });
  }

  return { sample, uri: () => connection };
}

type Question = { readonly uuid: string; readonly isPersistent: boolean; readonly isDue: boolean };

type About = readonly [
  Command<ReadonlyMap<number, VcpuInfo>>,
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

/** The most that is kept of what was odd: a wrapper may say another thing each time. */
const mostRemarks = 100;

/** What was odd, each thing once. */
function remarkList() {
  const kept = new Set<string>();
  return {
    add: (lines: readonly (string | undefined)[]) => {
      for (const line of lines)
        if (line !== undefined && kept.size < mostRemarks) kept.add(line.slice(0, 400));
    },
    all: (): readonly string[] => [...kept],
  };
}
