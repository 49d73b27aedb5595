import type { Settings } from '../config/settings.ts';
import { messageOf, VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { VerbName } from '../options/commands.ts';
import { safeText } from '../render/safe-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { sharedScreen } from '../session/shared-screen.ts';

/** A command on one of several hosts. */
type HostRun = {
  /** as it was given: the name of a connection, or a URI */
  readonly name: string;
  readonly settings: Settings;
  readonly context: Context;
};

type Verb = (settings: Settings, context: Context) => Promise<ExitStatus>;

/** The commands that take several hosts. */
const manyHostCommands = ['once', 'watch', 'plan', 'status', 'top', 'record', 'doctor'] as const;

/** Those that go on, and tell what they have to say line by line. */
const longCommands: readonly string[] = ['watch', 'top', 'record'];

/** A desk has so many, and each has a virsh that may wait. */
const mostHosts = 64;

/**
 * Runs a command on several hosts side by side. One that hangs or fails delays no other: what a host has to say comes
 * in one piece as soon as it has ended, or with its name line by line where the command goes on.
 * @param load the settings for a host, which can have a section of its own in the configuration
 * @returns 0 where all did what they should, 2 where that is the worst of them, else 1
 * @throws {VcpuschedError} status 64 for a command, or settings, that cannot be for several
 */
export async function onEachHost(
  names: readonly string[],
  command: VerbName,
  verb: Verb,
  { load, context }: { readonly load: (name: string) => Promise<Settings>; readonly context: Context },
): Promise<ExitStatus> {
  if (!(manyHostCommands as readonly string[]).includes(command))
    throw usage(`'${command}' takes one connection: ${manyHostCommands.join(', ')} take several`);
  if (names.length > mostHosts) throw usage(`${names.length} connections are more than ${mostHosts}`);
  const loadNamed = async (name: string) => named(await load(name), name, command);
  const runs = await Promise.all(names.map(async (name) => ({ name, settings: await loadNamed(name) })));
  const isLong = longCommands.includes(command);
  const quit = new AbortController();
  const signal = AbortSignal.any([context.signal, quit.signal]);
  const { openScreen } = context.terminal;
  const shared =
    openScreen &&
    sharedScreen(
      openScreen,
      (i) => `${safeText(names[i] ?? '')}: host ${i + 1} of ${names.length}; > and < show others`,
    );
  const isOnScreen = command === 'top' && openScreen !== undefined;
  // What is said meanwhile would spoil the screen.
  const late: string[] = [];
  const err = isOnScreen ? (text: string) => void late.push(text) : context.err;
  const objects: string[] = [];
  const statuses = await Promise.all(
    runs.map(async ({ name, settings }, i) => {
      const told: string[] = [];
      const own: Context = {
        ...context,
        label: name,
        reloadSettings: () => loadNamed(name),
        err: command === 'watch' ? err : (text) => err(labelled(text, name)),
        out: (text) => {
          if (!isLong) told.push(text);
          else context.out(command === 'top' && !settings.json ? labelled(text, name) : text);
        },
        signal,
        terminal: isLong ? { ...context.terminal, isTty: false, openScreen: shared?.(i) } : context.terminal,
      };
      const fail = (text: string) => err(labelled(text, name));
      const status = await outcomeOf(verb, { name, settings, context: own }, fail, told);
      // Who leaves one screen leaves them all.
      if (isOnScreen && status === exitStatus.done) quit.abort();
      if (isLong) return status;
      if (settings.json) objects.push(told.join('').trimEnd());
      else if (told.length > 0) context.out(section(name, told.join(''), settings, context));
      return status;
    }),
  );
  for (const text of late) context.err(text);
  if (runs[0]?.settings.json === true && objects.length > 0) context.out(`[\n${objects.join(',\n')}\n]\n`);
  if (!isLong) context.signal.throwIfAborted();
  const failed = statuses.filter(
    (status) => status !== exitStatus.done && status !== exitStatus.movesPending,
  );
  if (failed.length > 0) return exitStatus.failed;
  return statuses.includes(exitStatus.movesPending) ? exitStatus.movesPending : exitStatus.done;
}

async function outcomeOf(
  verb: Verb,
  { name, settings, context }: HostRun,
  fail: (text: string) => void,
  told: string[],
): Promise<ExitStatus> {
  try {
    return await verb(settings, context);
  } catch (error) {
    if (context.signal.aborted) return exitStatus.done;
    const isKnown = error instanceof VcpuschedError;
    const message = `${isKnown ? '' : 'internal error: '}${messageOf(error)}`;
    fail(`vcpusched: ${safeText(message)}\n`);
    const status = isKnown ? error.status : exitStatus.failed;
    if (settings.json) told.push(JSON.stringify({ connection: name, error: message, status }));
    return status;
  }
}

/** The text of a host below a line with its name. */
function section(name: string, text: string, { color }: Settings, { terminal }: Context): string {
  return `${chooseStyle(color, terminal).bold(`${safeText(name)}:`)}\n${text}\n`;
}

/** `vcpusched: kvm1: cannot reach libvirt`, and each other line behind the name, too. */
function labelled(text: string, name: string): string {
  const lines = text.split('\n').map((line, i, all) => {
    if (line === '' && i === all.length - 1) return '';
    const [, who = '', rest = ''] = /^(vcpusched: )?(.*)$/s.exec(line) ?? [];
    return `${who}${safeText(name)}: ${rest}`;
  });
  return lines.join('\n');
}

/** The same settings with the name of the host in the names of files. */
function named(settings: Settings, name: string, command: VerbName): Settings {
  const inFile = (file: string) => file.replaceAll('%h', name.replaceAll(/[^\w.-]+/g, '-'));
  const { metricsFile, metricsListen, file } = settings;
  if (metricsListen !== undefined && command === 'watch')
    throw usage('--metrics-listen serves one connection: give several a --metrics-file with %h in its name');
  const isMeasured = command === 'watch' || command === 'once';
  if (metricsFile !== undefined && isMeasured && !metricsFile.includes('%h'))
    throw usage(
      '--metrics-file needs %h in its name for several connections, which stands for the connection',
    );
  if (command === 'record' && !file.includes('%h'))
    throw usage(
      "'record' needs %h in the name of the file for several connections, which stands for the connection",
    );
  return {
    ...settings,
    file: inFile(file),
    ...(metricsFile === undefined ? {} : { metricsFile: inFile(metricsFile) }),
  };
}

function usage(message: string): VcpuschedError {
  return new VcpuschedError(exitStatus.usage, message);
}
