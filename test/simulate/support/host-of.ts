import type { Host } from '../../../src/simulate/host.ts';
import { buildHost } from '../../../src/simulate/scenario/build-host.ts';
import { parseScenario, scenarioError } from '../../../src/simulate/scenario/parse-scenario.ts';
import { parseTrace } from '../../../src/simulate/scenario/trace.ts';

/** The host of a scenario given as text; its traces too are given as texts. */
export function hostOf(toml: string, traces: Readonly<Record<string, string>> = {}): Host {
  return buildHost(
    parseScenario('test.toml', toml),
    (file) => parseTrace(file, traces[file] ?? ''),
    (path, message) => {
      throw scenarioError('test.toml', toml, path, message);
    },
  );
}
