import { type CpuSet, cpuSet, parseKernelCpuList, sameCpus } from '../model/cpu-set.ts';
import { isRemote } from '../model/is-remote.ts';

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

  async function read(uri: string, online: CpuSet, partitions: ReadonlySet<string>): Promise<LocalFacts> {
    if (isRemote(uri)) return { place: 'remote', isolated: undefined, granted: new Map() };
    isHere ||= sameCpus(cpusIn(await readFile(`${cpus}/online`)), online);
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
  return { read };
}

const cpus = '/sys/devices/system/cpu';

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
