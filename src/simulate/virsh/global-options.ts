import { VirshError } from './command.ts';

/** The options before the command. */
export type GlobalOptions = {
  readonly connect: string | undefined;
  readonly readOnly: boolean;
  readonly quiet: boolean;
  /** asked for instead of a command */
  readonly show: 'version' | 'help' | undefined;
  /** the command and its words, or one batch string */
  readonly rest: readonly string[];
};

/**
 * Reads them as getopt does: `-c URI`, `-cURI`, `--connect URI`, `--connect=URI`, `-qr`, long names shortened.
 * @throws {VirshError} in virsh's words
 */
export function parseGlobalOptions(argv: readonly string[]): GlobalOptions {
  const left = [...argv];
  const found = new Map<string, string>();
  while (left[0]?.startsWith('-') && left[0] !== '-') {
    const word = left.shift() ?? '';
    if (word === '--') break;
    if (word.startsWith('--')) readLong(word, left, found);
    else readShort(word, left, found);
  }
  const show = found.has('h') ? 'help' : found.has('v') ? 'version' : undefined;
  return { connect: found.get('c'), readOnly: found.has('r'), quiet: found.has('q'), show, rest: left };
}

/** Whether no command follows: then virsh reads commands from its input. */
export function isInteractive(argv: readonly string[]): boolean {
  try {
    const { show, rest } = parseGlobalOptions(argv);
    return show === undefined && rest.length === 0;
  } catch (error) {
    if (error instanceof VirshError) return false;
    throw error;
  }
}

/** Short name, long name, and whether a value belongs to it. */
const options = [
  ['c', 'connect', true],
  ['d', 'debug', true],
  ['e', 'escape', true],
  ['h', 'help', false],
  ['k', 'keepalive-interval', true],
  ['K', 'keepalive-count', true],
  ['l', 'log', true],
  ['q', 'quiet', false],
  ['r', 'readonly', false],
  ['t', 'timing', false],
  ['v', 'version', false],
  ['V', 'version', false],
] as const;

function readLong(word: string, left: string[], found: Map<string, string>): void {
  const [name = '', ...value] = word.slice(2).split('=');
  const option = options.find(([, long]) => long.startsWith(name));
  if (!option || name === '') throw new VirshError(`unsupported option '${word}'. See --help.`);
  const [short, , takes] = option;
  found.set(short, takes ? readValue(option, value.length > 0 ? value.join('=') : undefined, left) : '');
}

function readShort(word: string, left: string[], found: Map<string, string>): void {
  for (let i = 1; i < word.length; i++) {
    const option = options.find(([short]) => short === word.charAt(i));
    if (!option) throw new VirshError(`unsupported option '-${word.charAt(i)}'. See --help.`);
    const [short, , takes] = option;
    if (takes) {
      found.set(short, readValue(option, word.slice(i + 1) || undefined, left));
      return;
    }
    found.set(short === 'V' ? 'v' : short, '');
  }
}

function readValue(
  [short, long]: (typeof options)[number],
  attached: string | undefined,
  left: string[],
): string {
  const value = attached ?? left.shift();
  if (value === undefined) throw new VirshError(`option '-${short}'/'--${long}' requires an argument`);
  if (/^[kK]$/.test(short) && !/^\d+$/.test(value))
    throw new VirshError(`Invalid value for option -${short}`);
  if (short === 'd' && !/^\d+$/.test(value)) throw new VirshError('option -d takes a numeric argument');
  return value;
}
