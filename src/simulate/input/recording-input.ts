import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import type { Bounds } from '../../model/bounds.ts';
import { type CpuSet, without } from '../../model/cpu-set.ts';
import type { DomainRef, Vcpu } from '../../model/domain.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Pcpu } from '../../model/topology.ts';
import { settle } from '../actions.ts';
import type { HostEvent } from '../host.ts';
import { mostSeconds, mostVcpus } from '../limits.ts';
import type { Input } from './input.ts';
import { recordedBackground } from './recorded-background.ts';
import { type RecordedDomain, recordedDomain } from './recorded-domain.ts';

/** A sample, and the line on which the file has it. */
type RecordedSample = { readonly line: number; readonly snapshot: Snapshot };

/**
 * Makes a host of a recording, to be run again under other pins. It begins with the pins that were there at the start;
 * those that were changed later are left to the policy. What else the recorded host ran is run again as far as the times
 * of its pCPUs were recorded; the time for which vCPUs waited for it is in their demand.
 * @param samples what the file holds, one after the other, so that a day of them needs no room
 * @throws {VcpuschedError} status 65, with the file and the line, where there are fewer than two samples
 */
export async function recordingInput(file: string, samples: AsyncIterable<RecordedSample>): Promise<Input> {
  const timesNs: number[] = [];
  const topology = new Map<number, Pcpu>();
  const domains = new Map<string, RecordedDomain>();
  const events: HostEvent[] = [];
  const background = recordedBackground();
  let first: Snapshot | undefined;
  let last: RecordedSample | undefined;

  for await (const sample of samples) {
    const { snapshot } = sample;
    first ??= snapshot;
    const nowNs = Math.round((snapshot.takenAtMs - first.takenAtMs) * 1e6);
    if (nowNs > mostSeconds * 1e9) {
      const days = Math.round(nowNs / 86_400e9);
      throw tooMuch(
        file,
        sample.line,
        `the sample is ${days} days after the first: at most ${mostSeconds / 86_400}`,
      );
    }
    const i = timesNs.push(nowNs) - 1;
    background.add(i, snapshot);
    for (const pcpu of snapshot.topology) topology.set(pcpu.id, pcpu);
    events.push(...switched(last?.snapshot.online ?? snapshot.online, snapshot.online, nowNs));
    const shown = vcpusByDomain(snapshot);
    const vcpus = snapshot.domains.reduce((sum, domain) => sum + domain.vcpus.length, 0);
    if (vcpus > mostVcpus) throw tooMuch(file, sample.line, `${vcpus} vCPUs: at most ${mostVcpus}`);
    for (const { ref } of shown.values()) {
      if (!domains.has(ref.uuid)) domains.set(ref.uuid, recordedDomain(ref, timesNs));
    }
    for (const [uuid, domain] of domains) {
      const { vcpus, bounds } = shown.get(uuid) ?? { vcpus: [], bounds: undefined };
      for (const event of domain.add(i, { vcpus, bounds }, snapshot.online)) events.push(event);
    }
    last = sample;
  }

  const endNs = timesNs.at(-1) ?? 0;
  if (first === undefined || endNs === 0) {
    throw new VcpuschedError(
      exitStatus.data,
      `${file}:${last?.line ?? 1}: the recording has ${last === undefined ? 'no sample' : 'one sample'}, and what vCPUs want lies between two`,
    );
  }
  const startsNs = Float64Array.from(timesNs);
  const host = settle({
    seed: 1,
    nowNs: 0,
    topology: [...topology.values()].sort((a, b) => a.id - b.id),
    online: first.online,
    background: background.background(startsNs),
    ...(first.capacity.size > 0 && {
      capacity: [...first.capacity].map(([pcpu, share]) => ({ pcpu, share })),
    }),
    domains: [...domains.values()].map((domain, i) => ({ ...domain.atStart(startsNs), id: i + 1 })),
    nextId: domains.size + 1,
    events: events.sort((a, b) => a.atNs - b.atNs),
  });
  return { name: file, host, seconds: endNs / 1e9 };
}

function tooMuch(file: string, line: number, message: string): VcpuschedError {
  return new VcpuschedError(exitStatus.data, `${file}:${line}: ${message}`);
}

/** The vCPUs of each domain that a sample names; undefined for one of which there are no figures. */
function vcpusByDomain({ domains, leftAlone }: Snapshot): ReadonlyMap<string, Shown> {
  const whole = leftAlone.filter(({ vcpu }) => vcpu === undefined);
  return new Map<string, Shown>([
    ...whole.map(
      ({ domain }) => [domain.uuid, { ref: domain, vcpus: undefined, bounds: undefined }] as const,
    ),
    ...domains.map(
      (domain) => [domain.uuid, { ref: domain, vcpus: domain.vcpus, bounds: domain.bounds }] as const,
    ),
  ]);
}

type Shown = {
  readonly ref: DomainRef;
  readonly vcpus: readonly Vcpu[] | undefined;
  readonly bounds: Bounds | undefined;
};

/** What has been switched off or on between two samples. */
function switched(before: CpuSet, now: CpuSet, atNs: number): readonly HostEvent[] {
  return [
    ...without(before, now).map((pcpu) => ({ atNs, kind: 'offline', pcpu }) as const),
    ...without(now, before).map((pcpu) => ({ atNs, kind: 'online', pcpu }) as const),
  ];
}
