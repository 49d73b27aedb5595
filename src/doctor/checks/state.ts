import { counted, size } from '../../render/figures.ts';
import { type Finding, fault, ok } from '../check.ts';
import type { Facts } from '../facts.ts';

/** The folder that the affinities to go back to are kept in; without it nothing is pinned. */
export function state({ state: folder, kept, stateDir, myUid }: Facts): Finding {
  if (folder === undefined)
    return fault(`${stateDir} may not be looked at, so that nothing can be pinned`, elsewhere);
  const { path, found, isFolder, isWritable, uid, mode, freeBytes } = folder;
  if (!isFolder) return fault(`${found} is no folder, so that nothing can be pinned`, elsewhere);
  if (!isWritable) {
    return fault(
      `${found} cannot be written, so that nothing can be pinned`,
      `run as its owner, or ${elsewhere}`,
    );
  }
  if (freeBytes < leastFreeBytes)
    return fault(
      `${found} has ${size(freeBytes)} left, so that nothing can be pinned`,
      `make room, or ${elsewhere}`,
    );
  if (found !== path) return ok(`${path} is made with the first pin`);
  if (uid !== myUid) {
    return fault(
      `${path} belongs to uid ${uid}, not to uid ${myUid}, so that nothing can be pinned`,
      `run as its owner, or ${elsewhere}`,
    );
  }
  if (kept?.ok === false) return fault(kept.message, kept.remedy);
  const toPutBack =
    kept === undefined || kept.value.vcpus === 0 ? '' : `; ${counted(kept.value.vcpus, 'vCPU')} to restore`;
  const closed = (mode & 0o077) === 0 ? '' : '; it is closed to others with the next pin';
  return ok(`${path}, ${size(freeBytes)} left${toPutBack}${closed}`);
}

const elsewhere = 'name another one with --state-dir';

/** More than the state of a large host takes. */
const leastFreeBytes = 4 << 20;
