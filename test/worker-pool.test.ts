import { describe, expect, test } from 'vitest';
import { VcpuschedError } from '../src/errors.ts';
import type { Job, JobResult } from '../src/session/job.ts';
import { threadPool } from '../src/worker-pool.ts';

/** Threads that do with each job what `code` says; `job` is a number, `say` tells the pool. */
function pool(code: string) {
  const thread = `import { parentPort } from 'node:worker_threads';
    const say = (message) => parentPort.postMessage(message);
    parentPort.on('message', (job) => { ${code} });`;
  const run = threadPool(new URL(`data:text/javascript,${encodeURIComponent(thread)}`));
  const told: string[] = [];
  return {
    told,
    run: (jobs: readonly number[], atATime: number, signal = new AbortController().signal) =>
      run(
        jobs as unknown as readonly Job[],
        atATime,
        (job, cycle) => told.push(`${job}:${cycle}`),
        signal,
      ) as Promise<readonly (JobResult | number)[]>,
  };
}

const double = `say({ kind: 'done', result: 2 * job });`;

describe('threadPool', () => {
  test.each([1, 2, 8])('results come in the order of the jobs, %i at a time', async (atATime) => {
    // The first job is the slowest.
    const { run } = pool(`setTimeout(() => { ${double} }, job === 1 ? 30 : 0);`);
    expect(await run([1, 2, 3, 4, 5], atATime)).toEqual([2, 4, 6, 8, 10]);
  });

  test('nothing to do', async () => {
    expect(await pool(double).run([], 4)).toEqual([]);
  });

  test('tells how far each job is', async () => {
    const { run, told } = pool(`say({ kind: 'progress', cycle: job * 10 }); ${double}`);
    await run([1, 2], 1);
    expect(told).toEqual(['0:10', '1:20']);
  });

  test('a job that fails ends all, with its message and status', async () => {
    const { run } = pool(
      `if (job === 2) say({ kind: 'failed', status: 64, message: 'no such pCPU' }); else { ${double} }`,
    );
    const failure = await run([1, 2, 3], 1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(VcpuschedError);
    expect(failure).toMatchObject({ status: 64, message: 'no such pCPU' });
  });

  test('a thread that throws is a defect, and ends all', async () => {
    const { run } = pool(`throw new Error('a defect');`);
    await expect(run([1, 2], 2)).rejects.toThrow('a defect');
  });

  test('the signal ends all, also what is being worked on', async () => {
    const stop = new AbortController();
    const { run } = pool('');
    const running = run([1, 2], 2, stop.signal);
    stop.abort();
    await expect(running).rejects.toThrow(/aborted/);
  });

  test('one that was aborted before does nothing', async () => {
    const { run, told } = pool(`say({ kind: 'progress', cycle: 1 }); ${double}`);
    await expect(run([1], 1, AbortSignal.abort())).rejects.toThrow(/aborted/);
    expect(told).toEqual([]);
  });
});
