import * as v from 'valibot';
import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import { mostSeconds, mostVcpus } from '../limits.ts';
import { buildHost } from '../scenario/build-host.ts';
import { scenarioSchema } from '../scenario/schema.ts';
import { parseTrace, type Trace } from '../scenario/trace.ts';
import type { Input } from './input.ts';

/** How a CSV trace is to be read. */
export type TraceOptions = {
  /** the first so many columns; undefined: all */
  readonly vms: number | undefined;
  readonly pcpus: number;
  /** seconds a row */
  readonly period: number;
  readonly scale: number;
  /** noise, as a share of the demand, drawn anew each cycle */
  readonly jitter: number;
  /** seconds a cycle */
  readonly interval: number;
};

/**
 * Makes a host of a CSV trace: each column a domain with one vCPU, pinned at first to one pCPU after the
 * other, as an administrator does who knows nothing of their load.
 * @throws {VcpuschedError} status 65, one line with the file, the line and the column; 64 for too many --vms
 */
export function traceInput(file: string, text: string, options: TraceOptions): Input {
  const trace = parseTrace(file, text);
  const { pcpus, period, scale, jitter, interval } = options;
  const vms = options.vms ?? trace.names.length;
  if (vms > trace.names.length) {
    throw new VcpuschedError(
      exitStatus.usage,
      `--vms ${vms} is more than the ${trace.names.length} columns of ${file}`,
    );
  }
  const fail = (message: string): never => {
    throw new VcpuschedError(exitStatus.data, `${file}:1: ${message}`);
  };
  if (rows(trace) * period > mostSeconds)
    fail(`${rows(trace)} rows of ${period} s are more than ${mostSeconds} s in all`);
  if (vms > mostVcpus) fail(`${vms} columns are more than ${mostVcpus}: take some of them with --vms`);
  const domain = (name: string, i: number) => ({
    name: name === '' ? `column ${i + 1}` : name,
    affinity: i % pcpus,
    demand: { trace: file, column: i + 1, row: period, scale },
    jitter,
    'noise-every': interval,
  });
  const scenario = v.parse(scenarioSchema, {
    duration: Math.max(1, rows(trace) * period),
    pcpus,
    domains: trace.names.slice(0, vms).map(domain),
  });
  const read = (): Trace => trace;
  const host = buildHost(scenario, read, (_path, message) => fail(message));
  return { name: file, host, seconds: rows(trace) * period };
}

function rows({ columns: [column] }: Trace): number {
  return column?.length ?? 0;
}
