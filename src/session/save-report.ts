import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import { readSettings, type Settings } from '../config/settings.ts';
import { policySettings } from '../config/sweep.ts';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { HostReport } from '../model/host-report.ts';
import type { ReportInput } from '../render/report/report.ts';
import { verdict } from '../render/simulate-text.ts';

/**
 * Writes what came of a simulation to a file that a browser shows. What draws it is loaded only now.
 * @throws {VcpuschedError} status 1 where the file cannot be written
 */
export async function saveReport(
  file: string,
  inputs: readonly ReportInput[],
  settings: Settings,
  time: Date,
): Promise<void> {
  const { reportHtml } = await import('../render/report/report-html.ts');
  const page = reportHtml({
    version: pkg.version,
    time,
    options: optionsOf(settings),
    verdict: verdict(inputs.flatMap(({ runs }) => runs)),
    inputs,
  });
  await writePage('--report', file, page);
}

/** The same of what a recording tells of its host. */
export async function saveHostReport(
  file: string,
  report: HostReport,
  time: Date,
  zone: string,
): Promise<void> {
  const { hostReportHtml } = await import('../render/report/host-report-html.ts');
  await writePage('--html', file, hostReportHtml(report, { version: pkg.version, time, zone }));
}

async function writePage(option: string, file: string, page: string): Promise<void> {
  await writeFile(file, page).catch((error: Error) => cannotWrite(option, file, error.message));
}

/**
 * Finds out before a long run whether there is a place for its page, as far as that can be seen.
 * @throws {VcpuschedError} status 1, as `saveReport` would
 */
export async function checkReport(option: string, file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) cannotWrite(option, file, 'EISDIR: illegal operation on a directory');
  // With a separator at its end only a folder has the name.
  const place = there === undefined ? `${dirname(file)}${sep}` : file;
  await access(place, constants.W_OK).catch((error: Error) => cannotWrite(option, file, error.message));
}

function cannotWrite(option: string, file: string, why: string): never {
  throw new VcpuschedError(exitStatus.failed, `${option}: cannot write ${file}: ${why}`);
}

/** Those that were not left at their defaults. */
function optionsOf(settings: Settings): readonly string[] {
  const { interval, cycles, seed, vms, pcpus, period, scale, jitter, cpus } = settings;
  const defaults = readSettings({});
  const common = { interval, cycles, seed, vms, pcpus, period, scale, jitter };
  const given = Object.entries({ ...policySettings(settings), ...common });
  const usual: Readonly<Record<string, unknown>> = { ...policySettings(defaults), ...defaults };
  return [
    `--policy ${settings.policy}`,
    ...given
      .filter(([name, value]) => value !== undefined && value !== null && value !== usual[name])
      .map(([name, value]) => `--${name} ${value}`),
    ...(cpus === undefined ? [] : [`--cpus ${formatCpuSet(cpus)}`]),
    ...settings.domain.map((glob) => `--domain ${glob}`),
    ...settings.exclude.map((glob) => `--exclude ${glob}`),
    ...settings.sweep.map((each) => `--sweep ${each}`),
  ];
}
