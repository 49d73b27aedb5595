import pkg from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/settings.ts';
import { messageOf, VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { safeText } from '../render/safe-text.ts';
import type { Context } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';
import { balanceMetrics } from './balance-metrics.ts';
import { expositionsOf } from './exposition.ts';
import { health, isGood } from './health.ts';
import { metricsFile } from './metrics-file.ts';
import { metricsServer } from './metrics-server.ts';

export type Metrics = {
  /** the same context, whose virsh processes are measured */
  readonly context: Context;
  readonly listener: Required<Pick<Listener, 'cycle' | 'failed'>>;
  readonly close: () => Promise<void>;
};

/**
 * Opens what the settings ask for. A file that takes no more is told once, and again after it has; balancing goes on.
 * @throws {VcpuschedError} status 1 where the file cannot be written, or the address cannot be listened on
 */
export async function openMetrics(settings: Settings, context: Context): Promise<Metrics> {
  const { metricsFile: path, metricsListen: address, metricsVcpus: perVcpu, interval, timeout } = settings;
  const metrics = balanceMetrics({
    version: pkg.version,
    nodeVersion: process.version,
    perVcpu,
  });
  const { formats, changed } = expositionsOf(metrics.registry);
  const state = health({ interval, timeout }, context.nowMs);
  const file = path === undefined ? undefined : metricsFile(path);
  await file?.check().catch((error) => fail('file', path, error));
  const server =
    address === undefined
      ? undefined
      : await metricsServer(address, formats, state).catch((error) => fail('listen', shown(address), error));
  if (server !== undefined && !settings.quiet) context.err(`metrics at ${server.url}/metrics\n`);
  let hasFailed = false;

  async function update(): Promise<void> {
    try {
      await file?.write(await formats.text.text());
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) context.err(`vcpusched: ${failureText('file', path, error)}; balancing goes on\n`);
      hasFailed = true;
    }
  }
  return {
    context: {
      ...context,
      virsh: timed(context, (tookMs) => {
        metrics.virshEnded(tookMs);
        changed();
      }),
    },
    listener: {
      cycle: (report) => {
        metrics.cycle(report, context.date().getTime());
        if (isGood(report)) state.succeeded();
        changed();
        return update();
      },
      failed: async (failure) => {
        metrics.failed(failure);
        changed();
        // The file is that of the one that balances this connection.
        if (failure.status !== exitStatus.busy) await update();
      },
    },
    close: async () => server?.close(),
  };
}

/** Measures each virsh process, also one that fails. */
function timed({ virsh, nowMs }: Context, ended: (tookMs: number) => void): Context['virsh'] {
  return (options) => {
    const run = virsh(options);
    return async (...args) => {
      const startMs = nowMs();
      try {
        return await run(...args);
      } finally {
        ended(nowMs() - startMs);
      }
    };
  };
}

type What = 'file' | 'listen';

function fail(what: What, where: string | undefined, error: unknown): never {
  throw new VcpuschedError(exitStatus.failed, failureText(what, where, error));
}

function failureText(what: What, where: string | undefined, error: unknown): string {
  const failed = what === 'file' ? `cannot write ${where}` : `cannot listen on ${where}`;
  return safeText(`--metrics-${what}: ${failed}: ${messageOf(error)}`);
}

function shown({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
