import { type VcpuLoad, vcpuKey } from '../model/load.ts';
import { estimate, type Remembered } from './estimate.ts';

/** What every vCPU wanted in this cycle alone, unsmoothed; one that could not be read counts as when last read. */
export function latestDemand(
  vcpus: readonly VcpuLoad[],
  before: Remembered | undefined,
): ReturnType<typeof estimate> {
  const unread = new Set(vcpus.filter(({ reading }) => reading.kind === 'missing').map(vcpuKey));
  return estimate(vcpus, new Map([...(before ?? [])].filter(([key]) => unread.has(key))));
}
