import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { Context } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';

/**
 * Runs a command with the metrics that it is asked for: it is to tell the listener of its cycles. What makes them is
 * loaded only if they are asked for. A command that fails has failed in a cycle, which counts once whether it has told it
 * or not. However it ends, the server is closed.
 * @throws {VcpuschedError} status 1 where the file cannot be written or the address cannot be listened on, before the
 *   command runs
 */
export async function withMetrics<T>(
  settings: Settings,
  context: Context,
  run: (context: Context, listener: Listener) => Promise<T>,
): Promise<T> {
  if (settings.metricsFile === undefined && settings.metricsListen === undefined) return run(context, {});
  const { openMetrics } = await import('./open-metrics.ts');
  const metrics = await openMetrics(settings, context);
  const { cycle, failed } = metrics.listener;
  let told: VcpuschedError | undefined;
  const listener = {
    cycle: (report: CycleReport) => {
      told = report.unsaved;
      return cycle(report);
    },
    failed: async (failure: VcpuschedError) => {
      if (failure === told) return;
      told = failure;
      await failed(failure);
    },
  };
  try {
    return await run(metrics.context, listener);
  } catch (error) {
    if (error instanceof VcpuschedError) await listener.failed(error);
    throw error;
  } finally {
    await metrics.close();
  }
}
