import { type Output, type Session, VirshError } from './command.ts';
import { libvirtVersion } from './commands/about.ts';
import { type Faults, parseFaults, spoilOutput } from './faults.ts';
import { findCommand } from './find-command.ts';
import { parseGlobalOptions } from './global-options.ts';
import { help } from './help.ts';
import { type ParsedCommand, parseCommand } from './parse-command.ts';
import { pause } from './pause.ts';
import { withSession } from './session.ts';
import { logCall, readFaultFile } from './state-dir.ts';
import { findTarget } from './target.ts';
import { splitBatch } from './tokens.ts';

/** What a call printed, in order, and its exit status. */
export type Call = { readonly exitCode: number; readonly output: readonly Output[] };

/** Runs one virsh call. All its commands are parsed before the first runs; the last alone decides the status. */
export function runVirsh(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  log: 'logged' | 'unlogged' = 'logged',
): Call {
  try {
    const options = parseGlobalOptions(argv);
    if (options.show === 'version') return done(`${libvirtVersion}\n`);
    if (options.show === 'help' || options.rest[0] === 'help') return done(help);
    const target = findTarget(options.connect, env);
    if (target.dir !== undefined && log === 'logged') logCall(target.dir, argv);
    const faults = parseFaults(
      `${env['VIRSH_SIM_FAULT'] ?? ''} ${target.dir ? readFaultFile(target.dir) : ''}`,
    );
    if (faults.has('hang')) pause(Number.POSITIVE_INFINITY);
    pause(Number(faults.get('slow') ?? 0));

    const commands = parseAll(options.rest);
    const changes = commands.some(({ command }) => command.changes);
    const call = withSession(options, target, faults, changes, (connect) => {
      if (target.named) connect();
      return runAll(commands, connect, options.quiet);
    });
    return spoil(call, faults);
  } catch (error) {
    return { exitCode: 1, output: [errorLines(error)] };
  }
}

/** One word is a batch, several are one command whose words are taken as they are. */
function parseAll(words: readonly string[]): readonly ParsedCommand[] {
  const [only = ''] = words;
  if (only === '') throw new VirshError();
  const commands = words.length === 1 ? splitBatch(only) : [words];
  return commands.map((each) => parseCommand(each, findCommand));
}

function runAll(commands: readonly ParsedCommand[], connect: () => Session, quiet: boolean): Call {
  const results = commands.map((each) => runOne(each, connect));
  const output = results.flatMap((result) => [result.output, ...(quiet ? [] : [{ out: '\n' }])]);
  return { exitCode: results.at(-1)?.exitCode ?? 0, output };
}

function runOne(
  { command, args }: ParsedCommand,
  connect: () => Session,
): { exitCode: number; output: Output } {
  try {
    if (!command.unconnected) return { exitCode: 0, output: { out: command.run(args, connect()) } };
    const { out = '', err } = command.run(args);
    return { exitCode: 0, output: err === undefined ? { out } : { out, err: `error: ${err}\n` } };
  } catch (error) {
    return { exitCode: 1, output: errorLines(error) };
  }
}

function errorLines(error: unknown): Output {
  if (!(error instanceof VirshError)) throw error;
  return { err: error.messages.map((message) => `error: ${message}\n`).join('') };
}

function spoil({ exitCode, output }: Call, faults: Faults): Call {
  if (!faults.has('truncate') && !faults.has('garble')) return { exitCode, output };
  const out = spoilOutput(faults, output.map((part) => part.out ?? '').join(''));
  return { exitCode, output: [{ out, err: output.map((part) => part.err ?? '').join('') }] };
}

function done(out: string): Call {
  return { exitCode: 0, output: [{ out }] };
}
