import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import type { Host } from '../host.ts';
import { mostTextBytes } from '../limits.ts';
import { buildHost } from './build-host.ts';
import { parseScenario, scenarioError } from './parse-scenario.ts';
import { parseTrace, type Trace } from './trace.ts';

/**
 * Reads a scenario file, and the traces that it names (relative to it), and builds its host.
 * @throws {VcpuschedError} status 65; one line with the file, the line and the key
 */
export function readScenario(file: string): Host {
  return readScenarioFile(file).host;
}

/** The same, with the seconds that it says are worth a look. */
export function readScenarioFile(file: string): { readonly host: Host; readonly seconds: number } {
  const text = readText(file);
  // All the domains of a group take their columns from one reading.
  const traces = new Map<string, Trace>();
  const readTrace = (name: string): Trace => {
    const path = resolve(dirname(file), name);
    const trace = traces.get(path) ?? parseTrace(name, readText(path));
    traces.set(path, trace);
    return trace;
  };
  const scenario = parseScenario(file, text);
  const host = buildHost(scenario, readTrace, (path, message) => {
    throw scenarioError(file, text, path, message);
  });
  return { host, seconds: scenario.duration };
}

/** @throws {VcpuschedError} status 65; also of what is no file, and might not end, or is too long to be read whole */
export function readText(file: string): string {
  try {
    const found = statSync(file);
    if (!found.isFile() && !found.isDirectory()) throw new RangeError('it is no regular file');
    if (found.size > mostTextBytes)
      throw new RangeError(`it has ${found.size} bytes: at most ${mostTextBytes}`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new VcpuschedError(exitStatus.data, `${file}: cannot be read: ${why}`, { cause: error });
  }
}
