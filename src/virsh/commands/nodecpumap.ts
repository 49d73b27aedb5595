import type { CpuSet } from '../../model/cpu-set.ts';
import { type Command, ParseError } from '../command.ts';
import { cpusOf } from './vcpuinfo.ts';

/** The pCPUs that are online. Not `nodeinfo`, which fakes a topology on odd hosts. */
export const nodecpumap: Command<CpuSet> = {
  words: ['nodecpumap'],
  parse: (stdout) => {
    const mask = /^CPU map: +(\S+)$/m.exec(stdout)?.[1] ?? '';
    if (!/^[y-]*y[y-]*$/.test(mask)) throw new ParseError('nodecpumap', 'CPU map', mask || stdout);
    return cpusOf(mask);
  },
};
