import type { CpuSet } from '../model/cpu-set.ts';
import type { PcpuTimes } from '../model/snapshot.ts';
import type { Outcome } from '../virsh/batch.ts';

/** A host with more pCPUs is not asked for the times of all with each sample: for 128 that takes 80 ms (libvirt 9.0). */
const alwaysUpTo = 64;

/** So often it is asked then: what the host itself does changes slowly, and is smoothed over half a minute. */
const seldomMs = 15_000;

/** Says of which pCPUs the times are to be asked with the next sample, and takes what came of it. */
export function pcpuClock() {
  let online: CpuSet | undefined;
  let samples = 0;
  let isAbsent = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  let betweenMs = 0;

  /**
   * The first two samples, which a single run has, ask in any case.
   * @param guess the pCPUs that may be online, as long as that was never told
   */
  function toAsk(guess: CpuSet): CpuSet {
    if (isAbsent) return [];
    const cpus = online ?? guess;
    const isSeldom = cpus.length > alwaysUpTo && samples >= 2;
    return isSeldom && lastMs + betweenMs - askedMs < seldomMs ? [] : cpus;
  }

  /**
   * Where none could be told, the connection has no such thing: it is not asked again, since a daemon may write a line
   * into its log each time.
   */
  function learn(
    asked: CpuSet,
    outcomes: readonly Outcome<PcpuTimes>[],
    takenAtMs: number,
  ): ReadonlyMap<number, PcpuTimes> {
    const times = new Map<number, PcpuTimes>();
    for (const [i, cpu] of asked.entries()) {
      const outcome = outcomes[i];
      if (outcome?.ok === true) times.set(cpu, outcome.value);
    }
    if (asked.length > 0 && times.size === 0) isAbsent = true;
    if (times.size > 0 && !Number.isNaN(takenAtMs)) askedMs = takenAtMs;
    return times;
  }

  /** Those whose times a first sample still lacks, since nobody knew that they are online. */
  function missing(times: ReadonlyMap<number, PcpuTimes>): CpuSet {
    return isAbsent || samples > 1 ? [] : (online ?? []).filter((cpu) => !times.has(cpu));
  }

  /** Takes what a sample told. */
  function sampled(now: CpuSet, takenAtMs: number): void {
    samples++;
    if (samples > 1) betweenMs = takenAtMs - lastMs;
    lastMs = takenAtMs;
    online = now;
  }

  /** The connection has no such thing. */
  function giveUp(): void {
    isAbsent = true;
  }

  return { toAsk, learn, missing, sampled, giveUp };
}
