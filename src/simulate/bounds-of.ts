import { type Bounds, unbounded } from '../model/bounds.ts';
import { parseCpuList } from '../model/cpu-set.ts';
import type { SimDomain } from './host.ts';

/** What binds a modelled domain, as one would read it from the XML that virsh-sim prints of it. */
export function boundsOf({ transient, cpuset, numatune, metadata = {}, vcpus }: SimDomain): Bounds {
  const isBinding = numatune?.mode === 'strict' || numatune?.mode === 'restrictive';
  const pins = vcpus.flatMap(({ number, configured }) =>
    configured === undefined || transient ? [] : [{ vcpu: number, cpus: configured }],
  );
  const { cpus, priority, managed } = metadata;
  return {
    ...unbounded,
    cpuset,
    pins,
    memoryCells: isBinding ? numatune.cells : undefined,
    granted: undefined,
    word: {
      cpus: cpus === undefined ? undefined : { set: parseCpuList(cpus), by: 'its metadata' },
      priority: priority === undefined ? undefined : Number(priority),
    },
    leave: managed === 'no' ? "its metadata says managed='no'" : undefined,
  };
}
