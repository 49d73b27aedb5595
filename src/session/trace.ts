import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { messageOf, VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { appliedFields, hostFields } from '../render/envelope.ts';
import { safeJson } from '../render/safe-text.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { VirshOptions } from '../virsh/virsh-options.ts';
import type { Context } from './context.ts';

/** A line of a trace, besides its time. */
type Entry = { readonly kind: 'virsh' | 'decision' } & Readonly<Record<string, unknown>>;

/**
 * The same context, with every call of virsh and every decision appended to a file, a JSON object in each line. A file
 * that takes no more is told once, and ends the trace alone.
 * @throws {VcpuschedError} status 1 where the file cannot be opened: it may be no link
 */
export function traced(context: Context, path: string): Context {
  const { date, nowMs, err } = context;
  let file: number | undefined = openTrace(path);
  const write = (entry: Entry) => {
    if (file === undefined) return;
    try {
      writeFileSync(file, `${safeJson({ time: date().toISOString(), ...entry })}\n`);
    } catch (error) {
      err(`vcpusched: --trace: cannot write ${path}: ${messageOf(error)}; the trace ends here\n`);
      const ended = file;
      file = undefined;
      try {
        closeSync(ended);
      } catch {
        // It was told already.
      }
    }
  };
  const writing =
    (run: Virsh, { uri, readonly }: VirshOptions): Virsh =>
    async (args, signal, onOutput) => {
      const startMs = nowMs();
      const call = { kind: 'virsh' as const, uri: uri ?? null, readonly, args };
      const tookMs = () => Math.round(1000 * (nowMs() - startMs)) / 1000;
      try {
        const output = await run(args, signal, onOutput);
        const { exitCode, stdout, stderr } = output;
        write({ ...call, tookMs: tookMs(), exitCode, stdout, stderr });
        return output;
      } catch (error) {
        write({ ...call, tookMs: tookMs(), error: messageOf(error) });
        throw error;
      }
    };
  const { openVirsh } = context;
  const onReport = (report: CycleReport) =>
    write({ kind: 'decision', ...hostFields(report), ...appliedFields(report), tookMs: report.tookMs });
  return {
    ...context,
    virsh: (options) => writing(context.virsh(options), options),
    ...(openVirsh !== undefined && {
      openVirsh: (options, onStart) => {
        const open = openVirsh(options, onStart);
        return { ...open, ask: writing(open.ask, options) };
      },
    }),
    onReport,
  };
}

function openTrace(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new VcpuschedError(exitStatus.failed, `--trace: cannot write ${path}: ${messageOf(error)}`);
  }
}
