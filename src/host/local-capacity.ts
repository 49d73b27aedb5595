import type { CpuSet } from '../model/cpu-set.ts';
import type { ReadFile } from './local-host.ts';

/**
 * What each of these pCPUs of this machine can do, as a share of the fastest; those that can do all are left out, and so
 * are those of which the kernel does not tell.
 * @source cpu_capacity in Documentation/ABI/testing/sysfs-devices-system-cpu of the kernel (1024 is the fastest; Arm,
 *   RISC-V, from 6.12 on hybrid x86); else cpufreq/cpuinfo_max_freq, in kHz
 */
export async function localCapacity(cpus: CpuSet, readFile: ReadFile): Promise<ReadonlyMap<number, number>> {
  const capacities = await numbers(cpus, 'cpu_capacity', readFile);
  if (capacities.size > 0) return shares(capacities, 1);
  return shares(await numbers(cpus, 'cpufreq/cpuinfo_max_freq', readFile), slowerShare);
}

/**
 * A pCPU counts as slower where its highest frequency is below this share of the highest of all. Equal cores differ by
 * less: those that a maker favours for single threads reach up to some ten per cent more (Turbo Boost Max 3.0, preferred
 * cores of amd-pstate); efficient ones reach 0.6 to 0.81 of it (Alder Lake to Arrow Lake, Zen 5c).
 */
const slowerShare = 0.85;

/** All or none have the file: where the first has not, the others are not tried. */
async function numbers(cpus: CpuSet, name: string, readFile: ReadFile): Promise<ReadonlyMap<number, number>> {
  const read = async (cpu: number): Promise<readonly [number, number] | undefined> => {
    const text = (await readFile(`/sys/devices/system/cpu/cpu${cpu}/${name}`))?.trim() ?? '';
    return /^\d{1,9}$/.test(text) && Number(text) > 0 ? [cpu, Number(text)] : undefined;
  };
  const [first, ...others] = cpus;
  const one = first === undefined ? undefined : await read(first);
  if (one === undefined) return new Map();
  const more = await Promise.all(others.map(read));
  return new Map([one, ...more.flatMap((each) => (each === undefined ? [] : [each]))]);
}

function shares(values: ReadonlyMap<number, number>, below: number): ReadonlyMap<number, number> {
  const most = Math.max(...values.values());
  return new Map(
    [...values].map(([cpu, value]) => [cpu, value / most] as const).filter(([, share]) => share < below),
  );
}
