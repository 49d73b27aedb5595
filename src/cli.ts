import { cac } from 'cac';
import pkg from '../package.json' with { type: 'json' };
import { loadSettings } from './config/load-settings.ts';
import { camel, dashed } from './config/names.ts';
import type { RawSettings, Settings } from './config/settings.ts';
import { type ExitStatus, exitStatus, VcpuschedError } from './errors.ts';
import type { Context } from './session/context.ts';

/** A verb: gathers, decides, shows or does. */
type Verb = (settings: Settings, context: Context) => Promise<ExitStatus>;

/**
 * Reads the command line and runs the command it names, loaded only then.
 * @param args what follows the program's name
 * @param env the environment; its VCPUSCHED_ variables stand in for options
 * @param verbs how to come by each command
 * @throws {VcpuschedError} status 64 for a command line that makes no sense
 */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  context: Context,
  verbs: Verbs = loaders,
): Promise<ExitStatus> {
  const cli = declare();
  const { options, positionals } = read(cli, args);
  if (options['version'] === true) {
    context.out(`vcpusched ${pkg.version}\n`);
    return exitStatus.done;
  }
  if (options['help'] === true) {
    cli.outputHelp();
    return exitStatus.done;
  }
  const command = cli.matchedCommand;
  if (command === undefined) throw unknownCommand(positionals[0]);
  const variadic = command.args.at(-1)?.variadic === true;
  const [extra] = variadic ? [] : positionals.slice(command.args.length);
  if (extra !== undefined) throw usage(`'${extra}' is one argument too many for '${command.name}'`);
  if (positionals.length < command.args.filter(({ required }) => required).length)
    throw usage(`'${command.rawName}' needs <${command.args[0]?.value}>`);
  const flags = {
    ...options,
    ...(command.name === 'watch' ? { interval: positionals[0] } : {}),
    ...(command.name === 'explain' ? { subject: positionals[0] } : {}),
    ...(command.name === 'record' ? { file: positionals[0] } : {}),
    ...(command.name === 'simulate' ? { inputs: positionals } : {}),
    ...(command.name === 'config' ? { action: positionals[0] } : {}),
    ...(command.name === 'config' && positionals[1] !== undefined ? { config: positionals[1] } : {}),
  };
  const { settings, warnings } = await loadSettings(flags, env, context.isRoot);
  if (!settings.quiet) for (const warning of warnings) context.err(`vcpusched: ${warning}\n`);
  return (await verbs[command.name as keyof Verbs]())(settings, context);
}

const loaders = {
  once: async (): Promise<Verb> => (await import('./commands/once.ts')).once,
  watch: async (): Promise<Verb> => (await import('./commands/watch.ts')).watch,
  plan: async (): Promise<Verb> => (await import('./commands/plan.ts')).plan,
  restore: async (): Promise<Verb> => (await import('./commands/restore.ts')).restore,
  status: async (): Promise<Verb> => (await import('./commands/status.ts')).status,
  explain: async (): Promise<Verb> => (await import('./commands/explain.ts')).explain,
  record: async (): Promise<Verb> => (await import('./commands/record.ts')).record,
  simulate: async (): Promise<Verb> => (await import('./commands/simulate.ts')).simulate,
  doctor: async (): Promise<Verb> => (await import('./commands/doctor.ts')).doctor,
  config: async (): Promise<Verb> => (await import('./commands/config.ts')).config,
};

type Verbs = Readonly<Record<keyof typeof loaders, () => Promise<Verb>>>;

type Cli = ReturnType<typeof cac>;

/** The command line as the manual page has it. Defaults are config's affair; here they are only told. */
export function declare(): Cli {
  const cli = cac('vcpusched');
  cli.usage('<command> [options]');
  cli
    .option('-c, --connect <URI>', 'libvirt connection, as virsh has it (default: that of virsh)')
    .option('--virsh <path>', 'the virsh to run (default: virsh, or VCPUSCHED_VIRSH)')
    .option('--timeout <seconds>', 'how long to wait for virsh (default: 40)')
    .option('--policy <name>', 'how to decide (default: threshold)')
    .option('--high <percent>', 'a pCPU above it is crowded (default: 90)')
    .option('--target <percent>', 'what a pCPU should carry (default: 80)')
    .option('--low <percent>', 'a pCPU below it has room (default: 70)')
    .option('--thresholds <kind>', 'proportional to the mean load, or absolute (default: proportional)')
    .option('--gap <points>', 'what two pCPUs may differ by: lightest, busiest (default: 10)')
    .option('--sigma <points>', 'what loads may deviate by: stddev (default: 5)')
    .option('--place <kind>', 'first pCPU of a vCPU by demand, spread or keep none (default: demand)')
    .option('--numa <kind>', 'leave NUMA cells if they starve, never, or freely (default: prefer)')
    .option('--l3 <kind>', 'domains under few L3 caches if it costs little, always, or not (default: prefer)')
    .option('--granularity <unit>', 'pin to a cpu, or to a whole core, l3, die or cell (default: cpu)')
    .option('--domain <glob>', 'only these domains, by name or UUID; may be repeated')
    .option('--exclude <glob>', 'not these domains; may be repeated')
    .option('--cpus <list>', 'the pCPUs to use, such as 0-3,8 (default: all that are online)')
    .option('--dedicated <kind>', 'pCPUs pinned one to one: respect or share them (default: respect)')
    .option('--capacity <list=share>', 'what slower pCPUs can do, such as 4-7=0.6; may be repeated')
    .option('--max-moves <number>', 'at most so many pins at a time (default: no limit)')
    .option('--max-rate <number>', 'move no vCPU more than so many times in an hour (default: 480)')
    .option('--cooldown <seconds>', 'leave a vCPU where it is for so long after a move (default: 0)')
    .option('--state-dir <folder>', 'where affinities to go back to are kept (default: /var/lib/vcpusched)')
    .option('--config <file>', 'the configuration file (default: /etc/vcpusched/config.toml, or your own)')
    .option('-q, --quiet', 'say nothing but errors')
    .option('-v, --verbose', 'say more')
    .option('--json', 'print the result as JSON')
    .option('--color <when>', 'auto, always or never (default: auto)')
    .option('--debug', 'show the stack of an error')
    .option('-h, --help', 'show this help')
    .option('-V, --version', 'show the version');
  const window = ['--window <seconds>', 'time between the two samples (default: 2)'] as const;
  const foreign = ['--foreign <kind>', 'pins by others: respect or adopt them (default: respect)'] as const;
  cli
    .command('once', 'Measure, plan, pin, check; then end')
    .option(...window)
    .option('--since-last', 'measure from the sample of the last run, if it is of use')
    .option(...foreign)
    .option('--dry-run', 'stop before pinning');
  cli
    .command('watch <seconds>', 'Do so again each interval, until a signal')
    .option('--cycles <number>', 'end after so many cycles')
    .option('--until-balanced', 'end when the policy has nothing more to do')
    .option(...foreign)
    .option('--restore-on-exit', 'put the affinities back at the end');
  cli
    .command('plan', 'Show what once would do; pin nothing')
    .option(...window)
    .option(...foreign)
    .option('--format <kind>', 'table, json or shell (default: table)')
    .option('--detailed-exitcode', 'exit 2 where moves are pending');
  cli
    .command('restore', 'Put back the affinities from before vcpusched pinned')
    .option(...foreign)
    .option('--dry-run', 'stop before pinning')
    .option('--format <kind>', 'table, json or shell (default: table)');
  cli.command('status', 'Show the load of the pCPUs and the vCPUs on them').option(...window);
  cli
    .command('explain <domain>', 'Tell what its vCPUs may use and want, and why they go or stay')
    .option(...window)
    .option(...foreign);
  cli
    .command('record <file>', 'Write what the host does to a file; pin nothing')
    .option('--every <time>', 'time between two samples, such as 5s or 1m (default: 5s)')
    .option('--for <time>', 'end after so long, such as 24h (default: at a signal)')
    .option('--max-size <size>', 'begin a new file before it passes so much, such as 500M');
  cli
    .command('simulate <...inputs>', 'Try policies on scenarios, recordings or CSV traces, in virtual time')
    .option('--interval <seconds>', 'time of a cycle (default: 2)')
    .option('--cycles <number>', 'end after so many (default: as long as the input goes)')
    .option('--seed <number>', 'another run of the noise (default: the one that the input names)')
    .option('--sweep <setting>', 'each of these values, such as high=80,85,90; may be repeated')
    .option('--report <file>', 'write a page with charts too, for a browser')
    .option('--jobs <number>', 'work on so many at a time (default: one for each CPU)')
    .option('--vms <number>', 'CSV: the first so many columns (default: all)')
    .option('--pcpus <number>', 'CSV: of a host with so many pCPUs')
    .option('--period <seconds>', 'CSV: time between two rows')
    .option('--scale <factor>', 'CSV: multiply by it (default: 1)')
    .option('--jitter <share>', 'CSV: noise, as a share of the demand, drawn anew each cycle (default: 0)');
  cli.command('doctor', 'Tell what is in the way of balancing here, and what to do about it');
  cli.command('config <action> [file]', 'Check the configuration, or show what it comes to');
  cli.globalCommand.helpCallback = (sections) =>
    sections
      .filter(({ title }, i) => i > 0 && !title?.startsWith('For more'))
      .map(({ body, ...section }) => ({ ...section, body: body.replaceAll(/ +$/gm, '') }));
  return cli;
}

/** What may be given several times. */
const repeatable = new Set(['domain', 'exclude', 'capacity', 'sweep']);

function read(
  cli: Cli,
  args: readonly string[],
): { readonly options: RawSettings; readonly positionals: readonly string[] } {
  cli.parse(['', '', ...args.map(shield)], { run: false });
  const known = [...cli.globalCommand.options, ...(cli.matchedCommand?.options ?? [])];
  const options: Record<string, string | boolean | readonly string[]> = {};
  const end = args.indexOf('--');
  for (const word of end < 0 ? args : args.slice(0, end)) {
    const named = /^--([^=]+)=/.exec(word)?.[1];
    const option = known.find(({ names }) => named !== undefined && names.includes(camel(named)));
    if (option?.isBoolean === true) throw usage(`--${named} takes no value`);
  }
  for (const [name, value] of Object.entries(cli.options)) {
    if (name === '--') continue;
    const option = known.find(({ names }) => names.includes(name));
    if (option === undefined)
      throw usage(`unknown option '${name.length > 1 ? `--${dashed(name)}` : `-${name}`}'`);
    if (name !== option.name) continue;
    const values = [value].flat();
    if (values.some((each) => typeof each === 'object'))
      throw usage(`unknown option below '--${dashed(name)}'`);
    if (values.some((each) => typeof each === 'boolean') && option.isBoolean !== true) {
      throw usage(`--${dashed(name)} needs a value`);
    }
    const texts = values.map((each) => (typeof each === 'string' ? unshield(each) : each === true));
    options[name] = repeatable.has(name) ? texts.map(String) : (texts.at(-1) ?? '');
  }
  return {
    options,
    positionals: [...cli.args, ...(cli.options['--'] as string[])].map((arg) => unshield(String(arg))),
  };
}

/**
 * cac turns what looks like a number into one ('007' into 7, '' into 0): a mark before such a word keeps it text.
 * It also knows which options take no value by their camelCase names only.
 */
function shield(word: string): string {
  if (/^--(?!no-)[^=]+$/.test(word)) return camel(word);
  const [, option = '', value = ''] = /^(-[^=]*=)?(.*)$/s.exec(word) ?? [];
  const isValue = option !== '' || !value.startsWith('-');
  return `${camel(option)}${isValue && Number.isFinite(Number(value)) ? mark : ''}${value}`;
}

function unshield(word: string): string {
  return word.startsWith(mark) ? word.slice(mark.length) : word;
}

const mark = '\u0001';

function unknownCommand(name: string | undefined): VcpuschedError {
  const known = Object.keys(loaders).join(', ');
  return usage(
    name === undefined
      ? `no command given: ${known} are there`
      : `unknown command '${name}': ${known} are there`,
  );
}

function usage(message: string): VcpuschedError {
  return new VcpuschedError(exitStatus.usage, `${message}; 'vcpusched --help' shows the usage`);
}
