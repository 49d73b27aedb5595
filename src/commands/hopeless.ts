import { exitStatus, type VcpuschedError } from '../errors.ts';
import { VirshMissing } from '../virsh/failures.ts';

/** Whether a failure is one that waiting for the next cycle cannot mend. */
export function isHopeless(error: VcpuschedError, cycle: number): boolean {
  if (error.status === exitStatus.usage || error.status === exitStatus.data) return true;
  return cycle === 0 && (error.status === exitStatus.notPermitted || error instanceof VirshMissing);
}
