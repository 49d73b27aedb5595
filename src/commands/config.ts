import { policies } from '../balance/policies/index.ts';
import { readConfigFile } from '../config/config-file.ts';
import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus, VcpuschedError } from '../errors.ts';
import { jsonText } from '../render/envelope.ts';
import { safeText } from '../render/safe-text.ts';
import type { World } from '../session/world.ts';
import { absent, showConfig } from './config-show.ts';

/** Checks the configuration file, or shows what the settings are and where each came from. */
export async function config(settings: Settings, world: World): Promise<ExitStatus> {
  return settings.action === 'check' ? check(settings, world) : showConfig(settings, world);
}

/** Tells every fault of the file, a line each. */
async function check(settings: Settings, world: World): Promise<ExitStatus> {
  const { places, sources } = settings.configuration;
  const { file, faults } = await faultsOf(places, sources['config'] !== undefined, world);
  if (settings.json) {
    world.out(jsonText('config', world.date(), { file: file ?? null, faults }));
  } else if (!settings.quiet || faults.length > 0) {
    const none = file === undefined ? `no configuration file: ${absent(places)}` : `${file}: no fault found`;
    for (const line of faults.length === 0 ? [none] : faults) world.out(`${safeText(line)}\n`);
  }
  return faults.length === 0 ? exitStatus.done : exitStatus.data;
}

async function faultsOf(
  places: readonly string[],
  hasToBe: boolean,
  world: World,
): Promise<{ readonly file: string | undefined; readonly faults: readonly string[] }> {
  const found = readConfigFile(places, hasToBe, world.isRoot);
  if (found === undefined) return { file: undefined, faults: [] };
  const { parseConfig } = await import('../config/parse-config.ts');
  try {
    return { file: found.file, faults: parseConfig(found.file, found.text, Object.keys(policies)).faults };
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return { file: found.file, faults: [error.message] };
  }
}
