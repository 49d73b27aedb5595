/** A virsh command as a value: its words, and how to read what it prints. */
export type Command<T> = {
  readonly words: readonly string[];
  /** @throws {ParseError} */
  readonly parse: (stdout: string) => T;
};

/** virsh printed something else than it does; names the command, the field and the text. */
export class ParseError extends Error {
  constructor(command: string, field: string, text: string) {
    super(`'virsh ${command}' printed no usable ${field}: ${JSON.stringify(text.slice(0, 120))}`);
    this.name = 'ParseError';
  }
}

/** Reads a number of virsh's that is a whole one and not below zero. */
export function wholeNumber(command: string, field: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new ParseError(command, field, text ?? '');
  return Number(text);
}

/**
 * The line of an answer that has one: the first that is like it, whatever a wrapper of virsh says before. Undefined
 * where there is none, or where more follows.
 */
export function onlyLine(stdout: string, pattern: RegExp): string | undefined {
  const lines = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const at = lines.findIndex((line) => pattern.test(line));
  return at === lines.length - 1 ? lines[at] : undefined;
}

/**
 * Whether an answer has its end: after each command virsh prints an empty line.
 * @source vshCommandRun in libvirt
 */
export function isWhole(stdout: string): boolean {
  return stdout === '\n' || stdout.endsWith('\n\n');
}
