import type { Check, Finding } from './check.ts';
import { balancers } from './checks/balancers.ts';
import { cgroup } from './checks/cgroup.ts';
import { clock } from './checks/clock.ts';
import { configuration } from './checks/configuration.ts';
import { connection } from './checks/connection.ts';
import { delay } from './checks/delay.ts';
import { domains } from './checks/domains.ts';
import { irqbalance } from './checks/irqbalance.ts';
import { isolated } from './checks/isolated.ts';
import { numad } from './checks/numad.ts';
import { rights } from './checks/rights.ts';
import { schedstats } from './checks/schedstats.ts';
import { state } from './checks/state.ts';
import { topology } from './checks/topology.ts';
import { virsh } from './checks/virsh.ts';
import type { Facts } from './facts.ts';

/** All checks, in the order in which one would make them. */
const checks: Readonly<Record<string, (facts: Facts) => Finding>> = {
  configuration,
  virsh,
  connection,
  rights,
  domains,
  delay,
  topology,
  isolated,
  cgroup,
  schedstats,
  balancers,
  numad,
  irqbalance,
  state,
  clock,
};

export function examine(facts: Facts): readonly Check[] {
  return Object.entries(checks).map(([name, check]) => ({ name, ...check(facts) }));
}
