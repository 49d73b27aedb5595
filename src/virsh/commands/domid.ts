import { onlyLine } from '../answer-fields.ts';
import { type Command, ParseError } from '../command.ts';

/**
 * The number of a domain's present start: it gets another with each. Undefined where it is not running.
 * `list --id` would tell all at once, but not every virsh has it (6.2 has not), and a batch with an option that
 * virsh does not know is refused as a whole.
 * @source cmdDomid in virsh: the number, or `-`
 */
export function domid(uuid: string): Command<number | undefined> {
  return { words: ['domid', uuid], parse };
}

function parse(stdout: string): number | undefined {
  const text = onlyLine(stdout, /^(?:-|\d{1,10})$/);
  if (text === undefined) throw new ParseError('domid', 'id', stdout.trim());
  return text === '-' ? undefined : Number(text);
}
