import type { Applied } from '../apply/apply-plan.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { isTooLittle } from '../model/coverage.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { isPermission } from '../virsh/failures.ts';
import type { Restored } from './restore-pins.ts';

/** What a cycle comes to: a failure where a pin failed, or where too little was measured to tell anything. */
export function exitStatusOf({ applied, measured }: Pick<CycleReport, 'applied' | 'measured'>): ExitStatus {
  return ofPins(applied) || (isTooLittle(measured.coverage) ? exitStatus.failed : exitStatus.done);
}

/** The same for what was restored. */
export function exitStatusOfRestored({ applied, stuck, unnoted, damage }: Restored): ExitStatus {
  if (damage !== undefined) return exitStatus.data;
  return stuck.length > 0 || unnoted !== undefined ? exitStatus.failed : ofPins(applied);
}

/** Not permitted only where each was refused. */
function ofPins(applied: readonly Pick<Applied, 'error'>[]): ExitStatus {
  const errors = applied.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return exitStatus.done;
  return errors.length === applied.length && errors.every(isPermission)
    ? exitStatus.notPermitted
    : exitStatus.failed;
}
