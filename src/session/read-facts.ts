import { mayAllWrite } from '../config/config-file.ts';
import type { Settings } from '../config/settings.ts';
import type { Facts, Kept, Machine, Told } from '../doctor/facts.ts';
import { VcpuschedError } from '../errors.ts';
import { folderFacts } from '../host/folder-facts.ts';
import { hostReader } from '../host/host-reader.ts';
import { localHost } from '../host/local-host.ts';
import { runningProcesses } from '../host/processes.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { holderOf, readState } from '../state/store.ts';
import { runBatch } from '../virsh/batch.ts';
import { ParseError } from '../virsh/command.ts';
import { daemonVersion } from '../virsh/commands/daemon-version.ts';
import { uri } from '../virsh/commands/uri.ts';
import { virshFailure } from '../virsh/failures.ts';
import { virshVersion } from '../virsh/virsh-version.ts';
import { type Context, createVirsh, stateLocation } from './context.ts';
import { unmatchedPatterns } from './warnings.ts';

/** Reads all that the checks look at: five or six virsh processes, and some files. Changes nothing. */
export async function readFacts(settings: Settings, context: Context): Promise<Facts> {
  const [virsh, connection, rights] = await Promise.all([
    told(() => virshVersion(createVirsh(settings, context, 'read'), context.signal)),
    told(() => readHost(settings, context)),
    told(() => openToPin(settings, context)),
  ]);
  const stateDir = settings.stateDir ?? context.stateDir;
  const { file, rules } = settings.configuration;
  return {
    virsh,
    libvirt: connection.ok || rights.ok ? await told(() => libvirtVersion(settings, context)) : noConnection,
    connection,
    rights,
    unmatched: connection.ok ? await unmatched(settings, context) : [],
    machine: connection.ok ? await readMachine(connection.value, context) : noConnection,
    config: {
      file,
      isOpen: file !== undefined && mayAllWrite(file),
      ruleCpus: rules.flatMap(({ cpus: set, where: by }) => (set === undefined ? [] : [{ set, by }])),
    },
    state: await folderFacts(stateDir),
    kept: connection.ok ? await told(() => readKept(settings, context, connection.value.uri)) : undefined,
    stateDir,
    myUid: process.geteuid?.() ?? 0,
    cpus: settings.cpus,
    nowMs: context.date().getTime(),
  };
}

const noConnection = { ok: false, message: 'no connection' } as const;

async function libvirtVersion(settings: Settings, context: Context): Promise<string> {
  const virsh = createVirsh(settings, context, 'read');
  const [version] = (await runBatch(virsh, [daemonVersion], context.signal)).outcomes;
  if (!version.ok) throw virshFailure('libvirt does not tell its version', version.error);
  return version.value;
}

/** The second sample has what the first one did not know whom to ask for. */
async function readHost(settings: Settings, context: Context) {
  const reader = hostReader(createVirsh(settings, context, 'read'), context.readFile, settings.connect);
  await reader.sample(context.signal);
  const snapshot = await reader.sample(context.signal);
  return { uri: reader.uri(), snapshot };
}

async function unmatched(settings: Settings, context: Context): Promise<readonly string[]> {
  const patterns = await told(() =>
    unmatchedPatterns(settings, createVirsh(settings, context, 'read'), context.signal, 'all'),
  );
  return patterns.ok ? patterns.value : [];
}

async function openToPin(settings: Settings, context: Context): Promise<undefined> {
  const { outcomes } = await runBatch(createVirsh(settings, context, 'pin'), [uri], context.signal);
  if (!outcomes[0].ok) throw virshFailure('cannot open a connection that may pin', outcomes[0].error);
}

async function readKept(settings: Settings, context: Context, named: string): Promise<Kept> {
  const place = await stateLocation(settings, context, named);
  const { vcpus, moves } = (await readState(place)).state;
  return {
    holder: await holderOf(place),
    vcpus: vcpus.filter(({ goneAtMs }) => goneAtMs === undefined).length,
    lastMoveMs: moves.at(-1)?.atMs,
  };
}

async function readMachine(
  { uri: named, snapshot }: { readonly uri: string; readonly snapshot: Snapshot },
  { readFile }: Context,
): Promise<Told<Machine>> {
  const { place, isolated, granted } = await localHost(readFile).read(
    named,
    snapshot.online,
    new Set([guests]),
  );
  if (place === 'remote') return { ok: false, message: 'the host is another machine: look there' };
  if (place === 'modelled') return { ok: false, message: 'the host that virsh shows is not this machine' };
  const settings = await Promise.all(irqbalanceFiles.map(readFile));
  return {
    ok: true,
    value: {
      isolated: isolated ?? [],
      granted: granted.get(guests),
      schedstats: await readFile('/proc/sys/kernel/sched_schedstats'),
      schedstat: await readFile('/proc/self/schedstat'),
      processes: await runningProcesses(),
      irqbalance: settings.find((text) => text !== undefined),
    },
  };
}

/** The partition that libvirt puts guests into, unless their XML names another. */
const guests = '/machine';

/** Of Debian and its kin, and of Fedora and its. */
const irqbalanceFiles = ['/etc/default/irqbalance', '/etc/sysconfig/irqbalance'];

async function told<T>(read: () => Promise<T>): Promise<Told<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, message: error.message };
    if (!(error instanceof VcpuschedError)) throw error;
    const { message, remedy } = error;
    return {
      ok: false,
      message: remedy === undefined ? message : message.slice(0, -`: ${remedy}`.length),
      remedy,
    };
  }
}
