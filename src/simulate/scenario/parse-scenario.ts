import * as v from 'valibot';
import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import { parseToml } from '../../toml/parse-toml.ts';
import { tomlLines } from '../../toml/toml-lines.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

/**
 * Reads a scenario file's text.
 * @throws {VcpuschedError} status 65; one line with the file, the line and the key
 */
export function parseScenario(file: string, text: string): Scenario {
  const result = v.safeParse(scenarioSchema, parseToml(file, text), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
  throw scenarioError(file, text, path, plain(issue.message));
}

/** TOML has no null: what valibot calls so is a table, which smol-toml gives no prototype. */
function plain(message: string): string {
  return message
    .replace(/^Invalid \w+: /, '')
    .replace(/ received null$/, ' received a table')
    .replaceAll('\n', ' ');
}

/** An error in a scenario file, with the line that `path` stands on: `['domains', 2, 'demand']`. */
export function scenarioError(
  file: string,
  text: string,
  path: readonly (string | number)[],
  message: string,
): VcpuschedError {
  const key = path.filter((part) => typeof part === 'string').join('.');
  return new VcpuschedError(exitStatus.data, `${file}:${tomlLines(text)(path)}: ${key}: ${message}`);
}
