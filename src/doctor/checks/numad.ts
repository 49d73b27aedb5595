import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** numad moves processes between NUMA cells, guests among them. */
export function numad({ machine }: Facts): Finding {
  if (!machine.ok) return unknown(machine.message);
  const pid = machine.value.processes.get('numad');
  if (pid === undefined) return ok('does not run');
  return warning(
    `numad (pid ${pid}) moves guests too: each undoes what the other one does`,
    "end it ('systemctl disable --now numad'), or exclude from vcpusched the domains that it is to have",
  );
}
