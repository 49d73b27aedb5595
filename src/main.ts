import { closeSync, fstatSync, openSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './cli/run.ts';
import { Interrupted, ReaderGone, VcpuschedError } from './errors.ts';
import { exitStatus } from './exit-status.ts';
import { safeText } from './render/safe-text.ts';
import { systemd } from './service/systemd-notify.ts';
import type { Context, Manager } from './session/context.ts';
import type { Screen } from './session/screen.ts';
import { stateDir } from './state/state-dir.ts';

const { env, stdin, stdout, stderr } = process;
const args = process.argv.slice(2);
const stop = new AbortController();
let screen: Screen | undefined;
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

const context: Context = {
  nowMs,
  date: () => new Date(),
  sleepUntil: async (timeMs, early) => {
    const signal = early === undefined ? stop.signal : AbortSignal.any([stop.signal, early]);
    await delay(Math.max(0, timeMs - nowMs()), undefined, { signal }).catch(() => undefined);
  },
  onFolderChange: (path, call) => {
    const watcher = watch(path, { persistent: false }, (_, name) => call(name));
    watcher.on('error', () => undefined);
    return () => watcher.close();
  },
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
  // What starts processes is not loaded by a command that starts none.
  virsh: (options) => {
    const runner = import('./virsh/runner.ts').then(({ virshRunner }) => virshRunner(options, nowMs));
    return async (...args) => (await runner)(...args);
  },
  openVirsh: (options, onStart) => {
    const open = import('./virsh/open-virsh.ts').then(({ openVirsh }) => openVirsh(options, nowMs, onStart));
    return {
      ask: async (...args) => (await open).ask(...args),
      close: () => void open.then(({ close }) => close()),
    };
  },
  stateDir: stateDir(env),
  runJobs: async (...args) => {
    const { threadPool } = await import('./worker-pool.ts');
    return threadPool(new URL('./simulate-worker.js', import.meta.url))(...args);
  },
  runHook: async (...args) => (await import('./service/run-hook.ts')).runHook(...args),
  isRoot: process.geteuid?.() === 0,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  signal: stop.signal,
  manager: managerOf(),
  onHangup: (call) => void hangups.push(call),
  hasTerminal,
  terminal: {
    isTty: stdout.isTTY === true,
    isErrTty: stderr.isTTY === true,
    isErrJournal: isJournal(),
    color: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    unicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    columns: stdout.isTTY === true ? Number(env['COLUMNS']) || stdout.columns || undefined : undefined,
    openScreen:
      stdout.isTTY === true && env['TERM'] && env['TERM'] !== 'dumb'
        ? async (user) => {
            const { takeTerminal } = await import('./terminal-screen.ts');
            screen = takeTerminal(stdout, stdin.isTTY === true ? stdin : undefined, user);
            return screen;
          }
        : undefined,
  },
};

/**
 * Whether stderr is the journal: systemd names the stream that it gave.
 * @source systemd.exec(5), JOURNAL_STREAM
 */
function isJournal(): boolean {
  const stream = env['JOURNAL_STREAM'];
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** systemd, where it wants to hear of this process: what we start must not speak for us. */
function managerOf(): Manager | undefined {
  if (!env['NOTIFY_SOCKET']) return undefined;
  const manager = systemd({ ...env }, process.pid);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  return manager;
}

/** @source tty(4), ENXIO */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** What this machine is out of, and what to do about it. */
const shortages: Readonly<Record<string, string>> = {
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine: raise its limit (fs.file-max)',
  ENOMEM: 'there is no memory left: make room on this machine',
  EAGAIN: 'no process can be started: raise the limit (ulimit -u), or make room on this machine',
  ERR_MEMORY_ALLOCATION_FAILED: 'there is no memory left: make room on this machine',
};

let signalStatus = 0;
const hangups: (() => void)[] = [];
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    if (signal === 'SIGHUP' && hangups.length > 0) {
      for (const call of hangups) call();
      return;
    }
    if (signalStatus !== 0 && signal !== 'SIGHUP') {
      stderr.write(
        "vcpusched: ended at once; a virsh that pins may still finish: 'vcpusched restore' knows of its pins\n",
      );
      process.exit(status);
    }
    signalStatus = status;
    stop.abort();
  });
}

/** Without a handler of ours Node opens a debugger, for whoever may connect to it. */
process.on('SIGUSR1', () => undefined);

/** A process that could not be started has been told by who started it; Node 24 tells it once more, to nobody. */
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.syscall?.startsWith('spawn') !== true) process.exit(fail(error));
});

/**
 * A reader that has gone (`| head`) is no failure, and what has to be done is done all the same; a watch ends. A full
 * disk is a failure. Nothing more can be said either way.
 */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    stop.abort(new ReaderGone('the reader of the result has gone'));
    return;
  }
  if (process.exitCode === exitStatus.failed) return;
  stderr.write(`vcpusched: cannot write the result: ${error.message}\n`);
  process.exitCode = exitStatus.failed;
});

/** Where the story cannot be told, the work goes on all the same. */
stderr.on('error', () => undefined);

try {
  const status = await run(args, env, context);
  // What could not be written meanwhile is a failure of what was done, too.
  process.exitCode ||= status;
} catch (error) {
  process.exitCode = fail(error);
}

/** One line a person can act on; the stack only on request, and for what is a defect of this program. */
function fail(error: unknown): number {
  screen?.close();
  if (args.includes('--debug')) stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  if (error instanceof VcpuschedError) {
    stderr.write(`vcpusched: ${safeText(error.message)}\n`);
    return error.status;
  }
  if (stop.signal.reason instanceof ReaderGone) return exitStatus.done;
  if (stop.signal.aborted) {
    const what = error instanceof Interrupted ? 'interrupted' : 'interrupted before anything was pinned';
    stderr.write(`vcpusched: ${what}\n`);
    return signalStatus;
  }
  const shortage = shortages[error instanceof Error && 'code' in error ? String(error.code) : ''];
  if (shortage !== undefined) {
    stderr.write(`vcpusched: ${shortage}\n`);
    return exitStatus.failed;
  }
  stderr.write(
    `vcpusched: internal error: ${safeText(String(error))}; please report it with the output of --debug\n`,
  );
  return exitStatus.failed;
}
