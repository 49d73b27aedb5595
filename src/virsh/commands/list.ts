import type { DomainRef } from '../../model/domain.ts';
import { isWhole } from '../answer-fields.ts';
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

/** A list that is cut short would be taken for that of fewer domains: it has to have its end. */
function parse(stdout: string): readonly DomainRef[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  const domains = lines.flatMap(rowIn);
  if (lines.length > 0 && domains.length === 0)
    throw new ParseError('list --uuid --name', 'UUID', lines[0] ?? '');
  if (!isWhole(stdout)) throw new ParseError('list --uuid --name', 'end', stdout.slice(-120));
  return domains;
}

function rowIn(line: string): readonly DomainRef[] {
  const uuid = line.slice(0, 36);
  const isRow = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && line[36] === ' ';
  return isRow ? [{ uuid, name: withoutPadding(line.slice(37)) }] : [];
}

/** The rows that a name looks like, besides that of its domain. */
export function rowsOfName(name: string): readonly DomainRef[] {
  return name.split('\n').slice(1).flatMap(rowIn);
}

/** The spaces at the end, which may be the name's own; a regular expression would be tried at each space of a long name. */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text.slice(0, end);
}
