import { parentPort } from 'node:worker_threads';
import { VcpuschedError } from './errors.ts';
import { runJob } from './session/run-job.ts';
import type { FromWorker, ToWorker } from './worker-pool.ts';

/** A thread of `simulate`: does one job after the other. */
const port = parentPort;
const say = (message: FromWorker) => port?.postMessage(message);

port?.on('message', async (job: ToWorker) => {
  let told = 0;
  const onCycle = (cycle: number) => {
    if (cycle - told < cyclesBetweenReports) return;
    told = cycle;
    say({ kind: 'progress', cycle });
  };
  try {
    say({ kind: 'done', result: await runJob(job, onCycle) });
  } catch (error) {
    // An error loses its class on the way to another thread.
    if (!(error instanceof VcpuschedError)) throw error;
    say({ kind: 'failed', status: error.status, message: error.message });
  }
});

const cyclesBetweenReports = 20;
