import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { configFiles, readConfigFile } from './config-file.ts';
import type { Configuration } from './configuration.ts';
import { readEnvironment } from './environment.ts';
import type { ConfigFile } from './parse-config.ts';
import { type RawSettings, readSettings, type Settings } from './settings.ts';
import type { Source } from './source.ts';

/**
 * Settings from all that can say something: a flag has the word over the environment, that over the configuration
 * file (and there what is for the connection over the rest), and that over the default.
 * @param flags as they were typed
 * @param isRoot whether the program runs as root
 * @returns also what to warn of
 * @throws {VcpuschedError} status 64 for flags and the environment, 65 and 77 for the file
 */
export async function loadSettings(
  flags: RawSettings,
  env: NodeJS.ProcessEnv,
  isRoot: boolean,
): Promise<{ readonly settings: Settings; readonly warnings: readonly string[] }> {
  const environment = readEnvironment(env);
  const named = flags['config'] ?? environment.raw['config'];
  const places = typeof named === 'string' ? [named] : configFiles(env, isRoot);
  // What is to be checked need not be in order.
  const config =
    flags['action'] === 'check' ? undefined : await readConfig(places, named !== undefined, isRoot);
  const asked = flags['connect'] ?? environment.raw['connect'] ?? config?.top.raw['connect'];
  const uri = asked ?? defaultConnection(env, isRoot);
  const used = config?.connections.find((each) => each.name === uri || each.uri === uri);
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const raw = {
    ...config?.top.raw,
    ...used?.raw,
    ...environment.raw,
    ...Object.fromEntries(given),
    ...(asked === undefined || used === undefined ? {} : { connect: used.uri }),
  };
  const configuration: Configuration = {
    places,
    file: config?.file,
    raw,
    uri: used?.uri ?? String(uri),
    sources: {
      ...config?.top.sources,
      ...used?.sources,
      ...environment.sources,
      ...Object.fromEntries(given.map(([key]): [string, Source] => [key, { kind: 'flag' }])),
    },
    rules: [...(config?.top.rules ?? []), ...(used?.rules ?? [])],
    sections: (config?.connections ?? []).map((each) => ({
      name: each.name,
      uri: each.uri,
      isUsed: each === used,
    })),
  };
  return { settings: readSettings(raw, configuration), warnings: environment.warnings };
}

/** Nothing but an attempt to open it, where there is no file. */
async function readConfig(
  places: readonly string[],
  hasToBe: boolean,
  isRoot: boolean,
): Promise<ConfigFile | undefined> {
  const found = readConfigFile(places, hasToBe, isRoot);
  if (found === undefined) return undefined;
  const { parseConfig } = await import('./parse-config.ts');
  const config = parseConfig(found.file, found.text);
  const [first, ...more] = config.faults;
  if (first === undefined) return config;
  const others = more.length === 0 ? '' : ` (and ${more.length} more: 'vcpusched config check' reports all)`;
  throw new VcpuschedError(exitStatus.data, `${first}${others}`);
}

/** What virsh connects to if it is told nothing, as far as the environment says. */
function defaultConnection(env: NodeJS.ProcessEnv, isRoot: boolean): string {
  return (
    env['VIRSH_DEFAULT_CONNECT_URI'] ||
    env['LIBVIRT_DEFAULT_URI'] ||
    (isRoot ? 'qemu:///system' : 'qemu:///session')
  );
}
