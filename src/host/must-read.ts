import type { Outcome } from '../virsh/batch.ts';
import { virshFailure } from '../virsh/failures.ts';

/**
 * What a command told without which nothing is known of the host.
 * @throws {VcpuschedError} where it failed
 */
export function mustRead<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw virshFailure('cannot read the host', outcome.error);
}
