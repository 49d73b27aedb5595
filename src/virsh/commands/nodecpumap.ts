import type { CpuSet } from '../../model/cpu-set.ts';
import { cpusOf, fieldLines } from '../answer-fields.ts';
import { type Command, ParseError } from '../command.ts';

/** The pCPUs that are online, by the map, and how many are by the count beside it. */
export type OnlineCpus = {
  readonly map: CpuSet;
  /** undefined where it is not told */
  readonly count: number | undefined;
};

/**
 * The pCPUs that are online. Not `nodeinfo`, which fakes a topology on odd hosts. The map can lie: the bits of offline
 * pCPUs at its end are whatever stood in memory (libvirt/libvirt#113). The count is right.
 * @throws {ParseError}
 * @source cmdNodeCpuMap in virsh; virHostCPUGetMap in libvirt
 */
export const nodecpumap: Command<OnlineCpus> = {
  words: ['nodecpumap'],
  parse: (stdout) => {
    const fields = new Map(fieldLines(stdout));
    const mask = fields.get('CPU map') ?? '';
    const map = cpusOf(mask);
    if (map === undefined) throw new ParseError('nodecpumap', 'CPU map', mask || stdout);
    const count = fields.get('CPUs online') ?? '';
    return { map, count: /^\d{1,5}$/.test(count) ? Number(count) : undefined };
  },
};
