import pkg from '../../package.json' with { type: 'json' };
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { didYouMean } from '../model/suggest.ts';
import type { VerbName } from '../options/commands.ts';
import type { Context } from '../session/context.ts';
import { commandNamed, parse } from './parse.ts';

/** A command: it reads the settings, runs a session, and prints. */
type Verb = (settings: Settings, context: Context) => Promise<ExitStatus>;
type Verbs = Readonly<Record<VerbName, () => Promise<Verb>>>;

/**
 * Reads the command line and runs the command it names, which is loaded only then.
 * @param args what follows the program's name
 * @param env the environment; its VCPUSCHED_ variables stand in for options
 * @param verbs how to load each command
 * @throws {VcpuschedError} status 64 for a command line that makes no sense
 */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  outer: Context,
  verbs: Verbs = loaders,
): Promise<ExitStatus> {
  const { command, raw, connections } = parse(args);
  const topic = raw['topic'] ?? (raw['help'] === true ? command : undefined);
  if (raw['version'] === true) {
    outer.out(`vcpusched ${pkg.version}\n`);
  } else if (raw['help'] === true || command === undefined || command === 'help') {
    const { commandHelp, programHelp } = await import('./help.ts');
    const text = typeof topic === 'string' ? commandHelp(commandNamed(topic)) : programHelp();
    outer.out(`${text}\n`);
  } else if (command === 'completion') {
    const { completion } = await import('./completion/completion.ts');
    outer.out(completion(String(raw['shell'])));
  } else {
    const load = (connect = raw['connect']) => loadSettings({ ...raw, connect }, env, outer.isRoot);
    const { settings: first, warnings } = await load();
    if (!first.quiet) for (const warning of warnings) outer.err(`vcpusched: ${warning}\n`);
    const verb = await verbs[command]();
    const loadHost = async (name: string | undefined) => (await load(name)).settings;
    const run = async (settings: Settings, given: Context) => {
      const context = { reloadSettings: () => loadHost(settings.connect), ...given };
      if (settings.trace === undefined) return verb(settings, context);
      const { traced } = await import('../session/trace.ts');
      return verb(settings, traced(context, settings.trace));
    };
    const names = [...new Set([...connections, ...hostsOf(first)])];
    if (names.length === 0) return run(first, outer);
    if (names.length === 1) return run(await loadHost(String(names[0])), outer);
    const { onEachHost } = await import('./each-host.ts');
    return onEachHost(names, command, run, { load: loadHost, context: outer });
  }
  return exitStatus.done;
}

/** The connections of the configuration that --host names. */
function hostsOf({ host, configuration: { sections, file } }: Settings): readonly string[] {
  const known = sections.map(({ name }) => name);
  return host.flatMap((name) => {
    if (name === 'all' && known.length > 0) return known;
    if (known.includes(name)) return [name];
    const where = file === undefined ? 'there is no configuration file' : `${file} has no such connection`;
    throw new VcpuschedError(
      exitStatus.usage,
      `--host ${name}: ${where}${didYouMean(name, [...known, 'all'])}`,
    );
  });
}

const loaders: Verbs = {
  once: async () => (await import('../commands/once.ts')).once,
  watch: async () => (await import('../commands/watch.ts')).watch,
  plan: async () => (await import('../commands/plan.ts')).plan,
  restore: async () => (await import('../commands/restore.ts')).restore,
  pause: async () => (await import('../commands/pause.ts')).pause,
  resume: async () => (await import('../commands/pause.ts')).resume,
  history: async () => (await import('../commands/history.ts')).history,
  status: async () => (await import('../commands/status.ts')).status,
  top: async () => (await import('../commands/top.ts')).top,
  explain: async () => (await import('../commands/explain.ts')).explain,
  record: async () => (await import('../commands/record.ts')).record,
  simulate: async () => (await import('../commands/simulate.ts')).simulate,
  report: async () => (await import('../commands/report.ts')).report,
  doctor: async () => (await import('../commands/doctor.ts')).doctor,
  config: async () => (await import('../commands/config.ts')).config,
};
