import * as v from 'valibot';
import { exitStatus, VcpuschedError } from '../../errors.ts';
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
  const domain = (name: string, i: number) => ({
    name: name === '' ? `column ${i + 1}` : name,
    affinity: i % pcpus,
    demand: { trace: file, column: i + 1, row: period, scale },
    jitter,
    'noise-every': interval,
  });
  const scenario = v.parse(scenarioSchema, { pcpus, domains: trace.names.slice(0, vms).map(domain) });
  const fail = (_path: unknown, message: string): never => {
    throw new VcpuschedError(exitStatus.data, `${file}:1: ${message}`);
  };
  const read = (): Trace => trace;
  return { name: file, host: buildHost(scenario, read, fail), seconds: rows(trace) * period };
}

function rows({ columns: [column] }: Trace): number {
  return column?.length ?? 0;
}
