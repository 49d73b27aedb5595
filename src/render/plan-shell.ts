import { formatCpuSet } from '../model/cpu-set.ts';
import type { Pin } from '../model/pin.ts';
import { safeText } from './safe-text.ts';

/**
 * A plan as a POSIX script that pins what `once` would pin. It goes on after a pin that fails, as `once` does,
 * and ends with 1 then.
 * @param virsh the words that start virsh, such as `virsh -c qemu:///system`
 * @param wordsOf the virsh words that carry a move out
 */
export function planShell(
  plan: { readonly moves: readonly Pin[]; readonly summary: string },
  virsh: readonly string[],
  wordsOf: (move: Pin) => readonly string[],
): string {
  const lines = plan.moves.flatMap((move) => [
    '',
    `# ${safeText(move.domain.name)}: vCPU ${move.vcpu} from ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`,
    `${[...virsh, ...wordsOf(move)].map(quote).join(' ')} || failed=1`,
  ]);
  return `${['#!/bin/sh', `# ${safeText(plan.summary)}`, 'failed=0', ...lines, '', 'exit "$failed"'].join('\n')}\n`;
}

/** Quotes a word for a POSIX shell where it needs it; `=` would make an assignment of the first one. */
function quote(word: string): string {
  return /^[A-Za-z0-9_./:,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
