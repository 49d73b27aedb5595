import { exitStatus, type VcpuschedError } from '../errors.ts';
import { StateFailure } from '../state/failure.ts';
import { VirshMissing } from '../virsh/failures.ts';

/** Whether a failure is one that waiting for the next cycle cannot mend. */
export function isFatal(error: VcpuschedError, cycle: number): boolean {
  const { usage, data, busy, notPermitted } = exitStatus;
  if (([usage, data, busy] as number[]).includes(error.status)) return true;
  return (
    cycle === 0 &&
    (error.status === notPermitted || error instanceof VirshMissing || error instanceof StateFailure)
  );
}
