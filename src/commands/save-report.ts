import { writeFile } from 'node:fs/promises';
import pkg from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/settings.ts';
import { exitStatus, VcpuschedError } from '../errors.ts';
import type { ReportInput } from '../render/report/report.ts';
import { verdict } from '../render/simulate-text.ts';
import type { World } from './world.ts';

/**
 * Writes what came of a simulation to a file that a browser shows. What draws it is loaded only now.
 * @throws {VcpuschedError} status 1 where the file cannot be written
 */
export async function saveReport(
  file: string,
  inputs: readonly ReportInput[],
  settings: Settings,
  world: World,
): Promise<void> {
  const { reportHtml } = await import('../render/report/report-html.ts');
  const page = reportHtml({
    version: pkg.version,
    time: world.date(),
    options: optionsOf(settings),
    verdict: verdict(inputs.flatMap(({ runs }) => runs)),
    inputs,
  });
  try {
    await writeFile(file, page);
  } catch (error) {
    throw new VcpuschedError(
      exitStatus.failed,
      `--report: cannot write ${file}: ${(error as Error).message}`,
    );
  }
}

function optionsOf({ policy, interval, seed, scale, jitter, sweep }: Settings): readonly string[] {
  const given = { policy, interval, seed, scale, jitter };
  return [
    ...Object.entries(given).map(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`])),
    ...sweep.map((each) => [`--sweep ${each}`]),
  ].flat();
}
