import type { Applied } from '../apply/apply-plan.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { isPermission } from '../virsh/failures.ts';
import type { Restored } from './restore-pins.ts';

/** The exit status that pins come to: not permitted only where each was refused. */
export function statusOf(applied: readonly Pick<Applied, 'error'>[]): ExitStatus {
  const errors = applied.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return exitStatus.done;
  return errors.length === applied.length && errors.every(isPermission)
    ? exitStatus.notPermitted
    : exitStatus.failed;
}

/** The same for what was restored. */
export function statusOfRestored({ applied, stuck, unnoted, damage }: Restored): ExitStatus {
  if (damage !== undefined) return exitStatus.data;
  return stuck.length > 0 || unnoted !== undefined ? exitStatus.failed : statusOf(applied);
}
