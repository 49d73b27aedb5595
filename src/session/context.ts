import type { Settings } from '../config/settings.ts';
import type { ReadFile } from '../host/local-host.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { Place } from '../state/store.ts';
import { askTwice } from '../virsh/ask-twice.ts';
import type { OpenVirsh } from '../virsh/open-virsh.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { VirshOptions } from '../virsh/virsh-options.ts';
import type { RunJobs } from './job.ts';
import type { Screen, ScreenUser } from './screen.ts';

/** All that a command may use of what is outside the program; the process edge makes it, tests make another. */
export type Context = {
  /** milliseconds on CLOCK_MONOTONIC, which all processes of one boot share */
  readonly nowMs: () => number;
  /** the wall clock, for what people read */
  readonly date: () => Date;
  /** a file of this machine; undefined where it cannot be read */
  readonly readFile: ReadFile;
  /** ends at that monotonic time, or at once where `signal` or `early` is or gets aborted */
  readonly sleepUntil: (timeMs: number, early?: AbortSignal) => Promise<void>;
  /** calls when something in a folder has been made, renamed or removed, until the returned function is called */
  readonly onFolderChange?: (path: string, call: (name: string | null) => void) => () => void;
  /** calls after a while, unless the returned function is called before */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly virsh: (options: VirshOptions) => Virsh;
  /** keeps one virsh open, for those who read again and again; undefined where each is asked once */
  readonly openVirsh?: (options: VirshOptions, onStart: () => void) => OpenVirsh;
  /** where the state is kept, unless --state-dir says otherwise */
  readonly stateDir: string;
  /** in threads of their own */
  readonly runJobs: RunJobs;
  /** runs a program of the administrator; returns what to tell of a failure */
  readonly runHook: (program: string, input: string) => Promise<string | undefined>;
  /** whether the program runs as root, whose files are in /etc and /var */
  readonly isRoot: boolean;
  /** is told of each cycle that has ended; undefined where nobody wants to know */
  readonly onReport?: (report: CycleReport) => void;
  /** the result */
  readonly out: (text: string) => void;
  /** the name of the host, where it is one of several */
  readonly label?: string;
  /** the story */
  readonly err: (text: string) => void;
  /** aborted by SIGINT, SIGTERM and SIGHUP, and where the reader of the result has gone */
  readonly signal: AbortSignal;
  /** what started this process and wants to hear of it; undefined where nothing does */
  readonly manager?: Manager | undefined;
  /** asks for a call at each SIGHUP, which then ends nothing */
  readonly onHangup?: (call: () => void) => void;
  /** whether a terminal controls this process, whose end is told by SIGHUP */
  readonly hasTerminal?: () => boolean;
  /** the settings as the command line, the environment and the file now have them */
  readonly reloadSettings?: () => Promise<Settings>;
  readonly terminal: {
    readonly isTty: boolean;
    /** whether the story goes to a terminal */
    readonly isErrTty?: boolean;
    /** whether the story goes to the journal */
    readonly isErrJournal?: boolean;
    /** what `--color auto` means here */
    readonly color: boolean;
    /** whether it can show block characters */
    readonly unicode: boolean;
    /** its width in characters; undefined where the result goes elsewhere, or the width is not known */
    readonly columns?: number | undefined;
    /** takes the whole of it; undefined where it is none that can be drawn on */
    readonly openScreen?: ((user: ScreenUser) => Promise<Screen>) | undefined;
  };
};

/** A service manager such as systemd. */
export type Manager = {
  readonly notify: (variables: Readonly<Record<string, string | number>>) => Promise<void>;
  /** how long it waits for a sign of life; undefined if it does not */
  readonly watchdogUs: number | undefined;
};

/**
 * How virsh is to be run; reading alone asks for a read-only connection, which needs no more rights than that.
 * @param inheritedFd a file that virsh is to keep open for as long as it runs
 */
export function createVirsh(
  settings: Pick<Settings, 'virsh' | 'connect' | 'timeout'>,
  { virsh: start, after }: Pick<Context, 'virsh' | 'after'>,
  access: 'read' | 'pin',
  inheritedFd?: number,
): Virsh {
  const virsh = start({ ...optionsOf(settings, access), inheritedFd });
  // What pins has the lock, and is never run twice.
  return inheritedFd === undefined ? askTwice(virsh, virsh, after) : virsh;
}

/** A virsh that reads again and again, until it is closed. */
export type KeptVirsh = { readonly virsh: Virsh; readonly close: () => void };

/**
 * Makes a virsh for one who reads again and again: one process is kept open as long as it can be trusted.
 * @param onStart is told of each process that is kept
 */
export function keepVirsh(
  settings: Pick<Settings, 'virsh' | 'connect' | 'timeout'>,
  context: Pick<Context, 'virsh' | 'after' | 'openVirsh'>,
  access: 'read' | 'pin',
  onStart: () => void = () => undefined,
): KeptVirsh {
  const options = optionsOf(settings, access);
  const started = context.virsh(options);
  const virsh = askTwice(started, started, context.after);
  const open = context.openVirsh?.(options, onStart);
  if (open === undefined) return { virsh, close: () => undefined };
  return { virsh: askTwice(open.ask, virsh, context.after), close: open.close };
}

function optionsOf(
  { virsh: path, connect, timeout }: Pick<Settings, 'virsh' | 'connect' | 'timeout'>,
  access: 'read' | 'pin',
): VirshOptions {
  return { path, uri: connect, readonly: access === 'read', timeoutMs: timeout * 1000 };
}

/**
 * Where the state of a connection is kept, and of which boot of the machine it has to be.
 * @param uri the connection as libvirt names it
 * @source random(4), boot_id
 */
export async function stateLocation(
  { stateDir }: Pick<Settings, 'stateDir'>,
  context: Pick<Context, 'readFile' | 'stateDir' | 'date'>,
  uri: string,
): Promise<Place> {
  const boot = (await context.readFile('/proc/sys/kernel/random/boot_id'))?.trim() || undefined;
  return { stateDir: stateDir ?? context.stateDir, uri, boot, nowMs: context.date().getTime() };
}
