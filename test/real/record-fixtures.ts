/**
 * Records what the real virsh prints, for fixtures/hosts and fixtures/stderr. By hand, as root, with Node 22.18
 * or later (which strips the types):
 *
 *   test/real/install.sh && node test/real/record-fixtures.ts
 *
 * fixtures/README.md says what is recorded; what differs from run to run or tells of the machine is replaced
 * in `neutral` below.
 */

import { startHost } from './support/private-host.ts';
import { recordDemand } from './support/record-demand.ts';
import { recordFailures } from './support/record-failures.ts';
import { recordLimits } from './support/record-limits.ts';
import { recordLoad } from './support/record-load.ts';
import { recordQemuHost } from './support/record-qemu-host.ts';
import { recordTestDriver } from './support/record-test-driver.ts';

const host = await startHost();
try {
  await recordQemuHost(host);
  await recordLimits(host);
  await recordLoad(host);
  await recordDemand(host);
  await recordTestDriver(host);
  await recordFailures(host);
} finally {
  await host.stop();
}
