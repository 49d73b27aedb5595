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
