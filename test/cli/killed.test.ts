import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executable, temporaryDirectory } from '../support/executable.ts';
import { domains, sim, until, virshSim } from '../support/sim.ts';

/** A virsh that kills who has started it where it is the N-th, and goes on; each notes its number. */
function killingVirsh(at: number, log: string): string {
  return executable(
    `echo $$ >> ${log}`,
    `[ $(wc -l < ${log}) != ${at} ] || kill -KILL $PPID`,
    `exec ${process.execPath} ${virshSim} "$@"`,
  );
}

const isAlive = (pid: string) => existsSync(`/proc/${pid}`);

// The sample, the second one, the pins; once has no more.
test.concurrent.each([1, 2, 3, 4])('once, killed as its virsh process %i starts', async (at) => {
  const host = await sim(`pcpus = 4\n${domains(6, 40, 0)}`);
  const before = await host.affinities();
  const log = join(temporaryDirectory(), 'pids');
  const words = ['once', '--window', '0.3', '--virsh', killingVirsh(at, log)];
  const { exitCode, signal } = await host.start(words).then((ended) => ended);
  const pids = readFileSync(log, 'utf8').trim().split('\n');
  expect([pids.length >= at ? signal : exitCode]).toEqual([pids.length >= at ? 'SIGKILL' : 0]);
  // The one that went on ends of itself.
  await until(() => !pids.some(isAlive));
  expect(await host.vcpusched(['restore', '--quiet'])).toMatchObject({ status: 0, stderr: '' });
  expect(await host.affinities()).toEqual(before);
});
