import { type CpuSet, cpuSet, parseKernelCpuList, sameCpus } from '../model/cpu-set.ts';
import { isRemote } from '../model/is-remote.ts';
import type { PcpuTimes } from '../model/snapshot.ts';

/** Reads a file of this machine; undefined where it cannot be read. */
export type ReadFile = (path: string) => Promise<string | undefined>;

/** What only this machine's own files tell of it. */
export type LocalFacts = {
  /** whether the host is this machine, another one, or one that is only modelled here */
  readonly place: 'here' | 'remote' | 'modelled';
  /** the pCPUs that are isolated; undefined where that is not known */
  readonly isolated: CpuSet | undefined;
  /** by partition, the pCPUs that its cgroup has */
  readonly granted: ReadonlyMap<string, CpuSet>;
};

/**
 * Reads them, where the connection is local and the host that virsh shows is this machine; another machine's host,
 * or one that is only modelled here, has nothing to do with them.
 */
export function localHost(readFile: ReadFile) {
  let isHere = false;

  /** The pCPUs of this machine that are online; undefined where that is not known. */
  async function online(): Promise<CpuSet | undefined> {
    const set = cpusIn(await readFile(`${cpus}/online`));
    return set.length === 0 ? undefined : set;
  }

  /** @param times what the host has just told of its pCPUs: another one may have pCPUs of the same numbers */
  async function read(
    uri: string,
    told: CpuSet,
    partitions: ReadonlySet<string>,
    times: ReadonlyMap<number, PcpuTimes> = new Map(),
  ): Promise<LocalFacts> {
    if (isRemote(uri)) return { place: 'remote', isolated: undefined, granted: new Map() };
    isHere ||= sameCpus((await online()) ?? [], told) && (await isSameMachine(times, readFile));
    if (!isHere) return { place: 'modelled', isolated: [], granted: new Map() };
    const apart = await Promise.all(['isolated', 'nohz_full'].map((name) => readFile(`${cpus}/${name}`)));
    const granted = await Promise.all(
      [...partitions].map(async (each) => [each, await cpusOfPartition(each, readFile)] as const),
    );
    return {
      place: 'here',
      isolated: cpuSet(apart.flatMap(cpusIn)),
      granted: new Map(granted.flatMap(([each, set]) => (set === undefined ? [] : [[each, set]]))),
    };
  }
  return { online, read };
}

const cpus = '/sys/devices/system/cpu';

/** So long ago, at most, the host told its times: a busy daemon can take some seconds for a sample. */
const oldestTimesNs = 10_000_000_000n;

/**
 * Whether times of pCPUs are those of this machine, of which the kernel tells the same: no other one has run as long and
 * has been as busy. Where either is not told, nothing speaks against it.
 * @source proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq in ticks of 10 ms, as libvirt takes them
 */
async function isSameMachine(times: ReadonlyMap<number, PcpuTimes>, readFile: ReadFile): Promise<boolean> {
  const stat = times.size === 0 ? undefined : await readFile('/proc/stat');
  if (stat === undefined) return true;
  for (const line of stat.split('\n')) {
    const [, number, ticks] = /^cpu(\d{1,5}) ([\d ]+)$/.exec(line) ?? [];
    const told = number === undefined ? undefined : times.get(Number(number));
    if (told === undefined || ticks === undefined) continue;
    const [user = 0n, nice = 0n, system = 0n, idle = 0n, iowait = 0n, irq = 0n, softirq = 0n] = ticks
      .split(' ')
      .map((each) => BigInt(each) * 10_000_000n);
    const busyNs = user + nice + system + irq + softirq;
    if (isFar(busyNs, told.busyNs) || isFar(busyNs + idle + iowait, told.totalNs)) return false;
  }
  return true;
}

function isFar(nowNs: bigint, thenNs: bigint): boolean {
  // A tenth of a second backwards: the idle time of a pCPU is not quite monotonic.
  return nowNs - thenNs > oldestTimesNs || thenNs - nowNs > 100_000_000n;
}

/** A list as the kernel prints it; what cannot be read is none. */
function cpusIn(text: string | undefined): CpuSet {
  return parseKernelCpuList(text ?? '') ?? [];
}

/**
 * The pCPUs that a partition's cgroup, or the nearest one above it that says anything, really has.
 * @source virSystemdMakeSliceName and virCgroupSetPartitionSuffix in libvirt; cgroup v2 and v1 in the kernel
 */
async function cpusOfPartition(partition: string, readFile: ReadFile): Promise<CpuSet | undefined> {
  for (const directory of directoriesOf(partition)) {
    for (const file of [
      `/sys/fs/cgroup${directory}/cpuset.cpus.effective`,
      `/sys/fs/cgroup/cpuset${directory}/cpuset.effective_cpus`,
      `/sys/fs/cgroup/cpuset${directory}/cpuset.cpus`,
    ]) {
      const found = cpusIn(await readFile(file));
      if (found.length > 0) return found;
    }
  }
  return undefined;
}

/** `/machine/web` is /machine.slice/machine-web.slice under systemd and /machine/web.partition without; then those above. */
function directoriesOf(partition: string): readonly string[] {
  const names = partition.split('/').filter((name) => name !== '');
  const above = names.map((_, i) => names.slice(0, i + 1));
  const slices = above.map((path) => `/${path.map(sliceName).join('-')}.slice`);
  const plain = names.map(
    (name, i) => `/${(i === 0 && isFixed(name)) || name.includes('.') ? name : `${name}.partition`}`,
  );
  const deepestFirst = (parts: readonly string[]) =>
    parts.map((_, i) => parts.slice(0, i + 1).join('')).reverse();
  return [...deepestFirst(slices), ...deepestFirst(plain), ''];
}

function isFixed(name: string): boolean {
  return name === 'machine' || name === 'system' || name === 'user';
}

function sliceName(name: string): string {
  return name.replace(
    /^\.|[^A-Za-z0-9:_.]/g,
    (char) => `\\x${Buffer.from(char)[0]?.toString(16).padStart(2, '0') ?? ''}`,
  );
}
