import type { Bounds } from '../model/bounds.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { Domain, DomainRef } from '../model/domain.ts';
import { groupBy } from '../model/group-by.ts';
import { type Outcome, runAbout, runBatch } from '../virsh/batch.ts';
import { domid } from '../virsh/commands/domid.ts';
import { dumpxmlInactive } from '../virsh/commands/dumpxml.ts';
import { listPersistent } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { uri } from '../virsh/commands/uri.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import type { DomainXml } from '../virsh/domain-xml.ts';
import type { Virsh } from '../virsh/runner.ts';
import { mustRead } from './must-read.ts';

/**
 * The connection as libvirt names it.
 * @throws {VcpuschedError} where libvirt cannot be read
 */
export async function readUri(virsh: Virsh, signal?: AbortSignal): Promise<string> {
  const { outcomes } = await runBatch(virsh, [uri], signal);
  return mustRead(outcomes[0]);
}

/** What is told of domains that vCPUs were pinned of. */
export type PinsRead = {
  readonly online: CpuSet;
  readonly domains: readonly (Omit<Domain, 'bounds'> & {
    /** undefined where its configuration could not be read */
    readonly bounds: Pick<Bounds, 'pins' | 'cpuset' | 'leave'> | undefined;
  })[];
  /** UUIDs of those that libvirt says do not run */
  readonly over: ReadonlySet<string>;
};

/**
 * Where the vCPUs of some domains may run now, running or paused, without their counters. Each is asked for by its
 * UUID: that one is missing from a list says nothing. One that cannot be read has no id or no vCPUs. Which pCPUs are
 * online is asked last: where one has just gone, the kernel has changed affinities, and nobody else.
 * @throws {VcpuschedError} where libvirt cannot be read
 */
export async function readPins(virsh: Virsh, refs: readonly DomainRef[]): Promise<PinsRead> {
  const { outcomes, about, last } = await runAbout(
    virsh,
    { first: [listPersistent], last: [nodecpumap] },
    refs,
    pinCommands,
  );
  const [persistent] = outcomes;
  const [online] = last;
  const isPersistent = new Set(persistent.ok ? persistent.value.map(({ uuid }) => uuid) : []);
  const answers = [...about];
  // No two domains have the same id: whose it is cannot be told then, and no start is over for it.
  const claims = groupBy(
    answers.flatMap(([, [, id]]) => (id.ok ? (id.value ?? []) : [])),
    (id) => id,
  );
  const isClear = (id: number) => claims.get(id)?.length === 1;
  const isRunning = ([ref, [, id]]: (typeof answers)[number]) => !isOver(ref, id);
  return {
    // What is put back was set before: no pCPU is chosen by it.
    online: mustRead(online).map,
    domains: answers.filter(isRunning).map(([ref, [places, id, inactive]]) => ({
      ...ref,
      id: id.ok && id.value !== undefined && isClear(id.value) ? id.value : undefined,
      bounds: configured(persistent.ok, isPersistent.has(ref.uuid), inactive),
      vcpus: [...(places.ok ? places.value : [])].map(([number, { affinity, lastPcpu }]) => {
        // Where it ran last is of no interest to who puts affinities back.
        const placement = affinity && { affinity, lastPcpu: lastPcpu ?? affinity[0] ?? 0 };
        return { number, counters: undefined, placement, problem: undefined };
      }),
    })),
    over: new Set(answers.flatMap(([ref, [, id]]) => (isOver(ref, id) ? [ref.uuid] : []))),
  };
}

/**
 * The UUIDs of those domains that libvirt says do not run.
 * @throws {VcpuschedError} where libvirt cannot be read
 */
export async function readOver(
  virsh: Virsh,
  refs: readonly DomainRef[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { about } = await runAbout(virsh, { first: [] }, refs, ({ uuid }) => [domid(uuid)] as const, signal);
  return new Set([...about].flatMap(([ref, [id]]) => (isOver(ref, id) ? [ref.uuid] : [])));
}

/**
 * Whether libvirt has said that a domain does not run: it has no id, or there is no such domain (a transient one that
 * has ended). Any other complaint says nothing.
 * @source virshLookupDomainInternal in libvirt
 */
function isOver({ uuid }: DomainRef, id: Outcome<number | undefined>): boolean {
  if (id.ok) return id.value === undefined;
  const [first, ...more] = id.error.split(': ');
  return first === `failed to get domain '${uuid}'` && (more.length === 0 || more[0] === 'Domain not found');
}

function configured(
  isPersistenceKnown: boolean,
  isPersistent: boolean,
  inactive: Outcome<DomainXml>,
): Pick<Bounds, 'pins' | 'cpuset' | 'leave'> | undefined {
  if (isPersistent) {
    return inactive.ok
      ? { pins: inactive.value.pins, cpuset: inactive.value.cpuset, leave: undefined }
      : undefined;
  }
  return isPersistenceKnown ? { pins: [], cpuset: undefined, leave: undefined } : undefined;
}

function pinCommands({ uuid }: DomainRef) {
  return [vcpuinfo(uuid), domid(uuid), dumpxmlInactive(uuid)] as const;
}
