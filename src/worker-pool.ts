import { Worker } from 'node:worker_threads';
import { VcpuschedError } from './errors.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Context } from './session/context.ts';
import type { Job, JobResult } from './session/job.ts';

export type ToWorker = Job;

export type FromWorker =
  | { readonly kind: 'progress'; readonly cycle: number }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly status: ExitStatus; readonly message: string };

/**
 * Runs jobs in threads, so many at a time, each thread one after the other. The first that fails ends all, and
 * so does the signal.
 * @param script what a thread runs
 */
export const threadPool =
  (script: URL): Context['runJobs'] =>
  async (jobs, atATime, onCycle, signal) => {
    const results: JobResult[] = [];
    const waiting = jobs.entries();
    const thread = async (): Promise<void> => {
      const worker = new Worker(script);
      try {
        for (const [i, job] of waiting) {
          signal.throwIfAborted();
          results[i] = await oneJob(worker, job, (cycle) => onCycle(i, cycle), signal);
        }
      } finally {
        await worker.terminate();
      }
    };
    await Promise.all(Array.from({ length: Math.min(atATime, jobs.length) }, thread));
    return results;
  };

function oneJob(
  worker: Worker,
  job: Job,
  onCycle: (cycle: number) => void,
  signal: AbortSignal,
): Promise<JobResult> {
  return new Promise<JobResult>((resolve, reject) => {
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', onAbort);
      worker.off('error', onError);
      worker.off('message', onMessage);
      end();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    const onError = (error: Error) => settle(() => reject(error));
    const onMessage = (message: FromWorker) => {
      if (message.kind === 'progress') onCycle(message.cycle);
      else if (message.kind === 'done') settle(() => resolve(message.result));
      else settle(() => reject(new VcpuschedError(message.status, message.message)));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.on('error', onError);
    worker.on('message', onMessage);
    worker.postMessage(job satisfies ToWorker);
  });
}
