import type { CpuSet } from '../model/cpu-set.ts';
import type { Domain, DomainRef } from '../model/domain.ts';
import { runAbout, runBatch } from '../virsh/batch.ts';
import { domid } from '../virsh/commands/domid.ts';
import { list } from '../virsh/commands/list.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import { uri } from '../virsh/commands/uri.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
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

/**
 * Where the vCPUs of some domains may run now, running or paused, without their counters. Domains that are not
 * active are left out; one that cannot be read has no vCPUs.
 * @throws {VcpuschedError} where libvirt cannot be read
 */
export async function readPins(
  virsh: Virsh,
  refs: readonly DomainRef[],
): Promise<{
  readonly online: CpuSet;
  readonly domains: readonly Omit<Domain, 'bounds'>[];
  readonly leftAlone: readonly [];
}> {
  const { outcomes, about } = await runAbout(virsh, { first: [list, nodecpumap] }, refs, pinCommands);
  const [active, online] = outcomes;
  const isActive = new Set(mustRead(active).map(({ uuid }) => uuid));
  const domains = [...about].map(([ref, [places, id]]) => ({
    ...ref,
    id: id.ok ? id.value : undefined,
    vcpus: [...(places.ok ? places.value : [])].flatMap(([number, { affinity, lastPcpu }]) => {
      if (affinity === undefined) return [];
      // Where it ran last is of no interest to who puts affinities back.
      const placement = { affinity, lastPcpu: lastPcpu ?? affinity[0] ?? 0 };
      return [{ number, counters: undefined, placement, problem: undefined }];
    }),
  }));
  return {
    // What is put back was set before: no pCPU is chosen by it.
    online: mustRead(online).map,
    domains: domains.filter(({ uuid }) => isActive.has(uuid)),
    leftAlone: [],
  };
}

function pinCommands({ uuid }: DomainRef) {
  return [vcpuinfo(uuid), domid(uuid)] as const;
}
