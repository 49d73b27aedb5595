import { type Finding, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** A fault in the file would have ended the program before. */
export function configuration({ config: { file, isOpen } }: Facts): Finding {
  if (file === undefined) return ok('no file: all is as it comes');
  if (!isOpen) return ok(`${file}: no fault found`);
  return warning(`${file}: everybody may write it, and root will not trust it`, `chmod o-w '${file}'`);
}
