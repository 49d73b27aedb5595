import type { DomainRef } from '../../model/domain.ts';
import { type Command, ParseError } from '../command.ts';

/**
 * The active domains. Always with --uuid and --name together: `list --uuid` alone printed a table in 10.7.
 * A row is the UUID, a space and the name, padded with spaces at the end; a name with a newline gives a row
 * that is none, and such a domain is left out (its UUID is then not known to be its own).
 * U+2028 and a carriage return in it end no line.
 */
export const list: Command<readonly DomainRef[]> = { words: ['list', '--uuid', '--name'], parse };

/** The active domains that have a persistent configuration. */
export const listPersistent: Command<readonly DomainRef[]> = {
  words: ['list', '--uuid', '--name', '--persistent'],
  parse,
};

function parse(stdout: string): readonly DomainRef[] {
  const domains: DomainRef[] = [];
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const row = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) (.*?) *$/s.exec(line);
    if (row?.[1] !== undefined && row[2] !== undefined) domains.push({ uuid: row[1], name: row[2] });
  }
  if (lines.length > 0 && domains.length === 0)
    throw new ParseError('list --uuid --name', 'UUID', lines[0] ?? '');
  // virsh ends what a command prints with a line break of its own: an answer that lacks it was cut short.
  if (!/(^|\n)\n$/.test(stdout)) throw new ParseError('list --uuid --name', 'end', stdout.slice(-120));
  return domains;
}
