import { VcpuschedError } from '../errors.ts';
import { type CpuSet, sameCpus } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import { isRemote } from '../model/is-remote.ts';
import type { PcpuTimes, Snapshot } from '../model/snapshot.ts';
import { type Answers, answersTo, runAbout, runBatch } from '../virsh/batch.ts';
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
import { domainPlaces } from './domain-places.ts';
import { type HostLayout, hostLayout } from './host-layout.ts';
import { isDue, type Next } from './in-turns.ts';
import { jobWatch } from './job-watch.ts';
import { type DomainFacts, joinDomains } from './join-domains.ts';
import { type LocalFacts, localHost, type ReadFile } from './local-host.ts';
import { mustRead } from './must-read.ts';
import { onlineCpus } from './online-cpus.ts';
import { pcpuClock } from './pcpu-clock.ts';

/** Reads one host again and again, with one batch a sample. */
export type HostReader = {
  /**
   * The first sample has counters only: which domains to ask for their vCPUs' places is not known yet.
   * @param look `all`: what is seldom asked, and can be up to half a minute old, is read with this sample
   * @throws {VcpuschedError} where libvirt cannot be read
   */
  readonly sample: (signal?: AbortSignal, look?: Look) => Promise<Snapshot>;
  /** the connection as libvirt names it; '' before the first sample */
  readonly uri: () => string;
};

export type Look = 'all' | 'in turns';

/** @param connect the connection that the user has named, if any: of a remote host this machine's files say nothing */
export function hostReader(virsh: Virsh, readFile: ReadFile, connect?: string): HostReader {
  let asking: ReadonlyMap<string, Question> = new Map();
  let host: HostFacts | undefined;
  let isAnyNew = false;
  let connection = '';
  let lastMs = Number.NaN;
  /** as far as it can be told: as long after the last sample as that one was after the one before */
  let next: Next = { atMs: Number.NaN, sinceMs: Number.NaN };
  const cells = new Map<string, number | undefined>();
  const known = configurations();
  const places = domainPlaces();
  const jobs = jobWatch();
  const layouts = hostLayout(readFile);
  const machine = localHost(readFile);
  const clock = pcpuClock();
  const remarks = remarkList();
  /** the active domains, and those that domstats named then */
  let named: { readonly names: readonly DomainRef[]; readonly running: string } | undefined;

  async function sample(signal?: AbortSignal, look: Look = 'all'): Promise<Snapshot> {
    const isAll = look === 'all' || host === undefined;
    const isHostDue = isAll || isAnyNew || isDue(host?.atMs ?? Number.NaN, hostEveryMs, next);
    const due = isAll ? undefined : places.due([...asking.keys()], next);
    const questions = [...asking.values()].filter(({ uuid, isDue }) => isDue || (due?.has(uuid) ?? true));
    const pcpus = isHostDue ? clock.toAsk(await guess()) : [];
    const isLayoutDue = isHostDue && layouts.isDue();
    const {
      answers,
      about,
      beside,
      firstEndedAtMs: takenAtMs,
      ...said
    } = await ask(
      pcpus,
      isHostDue ? [list, ...hostQuestions, ...(isLayoutDue ? [capabilities] : [])] : [],
      questions,
      signal,
    );
    remarks.add(said.remarks);
    const isMapSame = () => sameCpus(mustRead(answers(nodecpumap)).map, host?.map ?? []);
    if (!isHostDue && questions.length > 0 && !isMapSame()) return sample(signal);
    const stats = mustRead(answers(domstats));
    const running = stats.map(({ name }) => name).join('\n');
    if (!isHostDue && named?.running !== running) return sample(signal);
    const names = isHostDue || named === undefined ? mustRead(answers(list)) : named.names;
    named = { names, running };
    const times = new Map(clock.learn(pcpus, beside, takenAtMs));
    for (const [question, [placements, start, inactive]] of about) {
      known.learn(question, start, inactive, takenAtMs);
      places.learn(question.uuid, placements, start, takenAtMs);
    }
    if (about.size > 0) await askForCells(signal);
    const facts =
      isHostDue || host === undefined ? await readHost(answers, isLayoutDue, times, takenAtMs) : host;
    host = facts;
    const { online, here, layout } = facts;
    clock.sampled(online, takenAtMs);
    if (isHostDue) await addMissing(times, signal);

    const join = () => joinDomains(names, stats, new Map(names.flatMap(factsOf(facts))), jobs.hasJob);
    let joined = join();
    if (places.forgetStarts({ ...joined, takenAtMs })) joined = join();
    const snapshot: Snapshot = {
      takenAtMs,
      online,
      isolated: here.isolated,
      topology: layout.topology,
      topologyProblem: layout.problem,
      pcpuTimes: new Map([...times].filter(([cpu]) => online.includes(cpu))),
      capacity: layout.capacity,
      ...joined,
      ...(questions.length < asking.size && { arePlacesOld: true }),
      remarks: remarks.all(),
    };
    next = { atMs: 2 * takenAtMs - lastMs, sinceMs: takenAtMs - lastMs };
    lastMs = takenAtMs;
    prepare(snapshot, facts);
    return snapshot;
  }

  /** The pCPUs that a first sample asks for: the host is mostly this machine. */
  async function guess(): Promise<CpuSet> {
    const named = connection || connect;
    return named !== undefined && isRemote(named) ? [] : ((await machine.online()) ?? []);
  }

  /** A virsh that does not know of pCPU times runs nothing at all: it is asked again without. */
  async function ask(
    pcpus: CpuSet,
    more: readonly Command<unknown>[],
    questions: readonly Question[],
    signal: AbortSignal | undefined,
  ) {
    const first = [domstats, ...more];
    // Where a pCPU has just gone offline, the kernel has changed affinities, and nobody else.
    const last = more.length > 0 || questions.length > 0 ? [nodecpumap] : [];
    const run = (beside: readonly Command<PcpuTimes>[]) =>
      runAbout(virsh, { first, beside, last }, questions, commandsAbout, signal);
    const answered = await run(pcpus.map(nodecpustats)).catch((error) => {
      if (!(error instanceof BatchRefused) || pcpus.length === 0) throw error;
      clock.giveUp();
      return run([]);
    });
    const outcomes = [...answered.outcomes, ...answered.last];
    return { ...answered, answers: answersTo([...first, ...last], outcomes) };
  }

  /** What is the same for all domains. */
  async function readHost(
    answers: Answers,
    isLayoutDue: boolean,
    times: ReadonlyMap<number, PcpuTimes>,
    atMs: number,
  ): Promise<HostFacts> {
    const map = mustRead(answers(nodecpumap));
    connection = mustRead(answers(uri));
    const persistent = mustRead(answers(listPersistent));
    const fresh = isLayoutDue ? answers(capabilities) : undefined;
    const witness = layouts.witness(map, fresh);
    const byLibvirt = onlineCpus({ told: map, capabilities: witness, local: undefined });
    const here = await machine.read(connection, byLibvirt.online, known.partitions(), times);
    const isHere = here.place === 'here';
    const local = isHere ? await machine.online() : undefined;
    const { online, remark } = onlineCpus({ told: map, capabilities: witness, local });
    const layout = await layouts.of(map, online, fresh, isHere, atMs);
    remarks.add([...(witness?.remarks ?? []), remark, layout.problem]);
    const isPersistent = new Set(persistent.map(({ uuid }) => uuid));
    return { atMs, map: map.map, online, here, layout, isPersistent };
  }

  /** What is known of one of the domains that there are, if anything. */
  function factsOf({ here, isPersistent }: HostFacts) {
    const cellOf = (device: string) => cells.get(device);
    return ({ uuid }: DomainRef): readonly [string, DomainFacts][] => {
      const place = places.of(uuid);
      if (place === undefined) return [];
      const { placements, id } = place;
      const bounds = known.boundsFor(uuid, id, isPersistent.has(uuid), here.granted, cellOf);
      return [[uuid, { placements, id, bounds }]];
    };
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
  function prepare({ domains, paused = [] }: Snapshot, { isPersistent }: HostFacts): void {
    const all = [...domains, ...paused];
    const uuids = new Set(all.map(({ uuid }) => uuid));
    isAnyNew = all.some(({ uuid }) => !asking.has(uuid));
    known.forgetOthers(uuids);
    jobs.forgetOthers(uuids);
    const due = known.due(all, isPersistent, next);
    asking = new Map(
      all.map(({ uuid }) => [uuid, { uuid, isPersistent: isPersistent.has(uuid), isDue: due.has(uuid) }]),
    );
  }

  return { sample, uri: () => connection };
}

/** What is asked less often than domains are. */
type HostFacts = {
  readonly atMs: number;
  /** of `nodecpumap` */
  readonly map: CpuSet;
  readonly online: CpuSet;
  readonly here: LocalFacts;
  readonly layout: HostLayout;
  readonly isPersistent: ReadonlySet<string>;
};

const hostQuestions = [listPersistent, uri] as const;

/** So often, at most, the host is asked for its pCPUs and what they did, and for its persistent domains. */
const hostEveryMs = 5000;

/** `isDue`: its configuration is to be read. */
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
