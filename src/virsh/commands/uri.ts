import { onlyLine } from '../answer-fields.ts';
import { type Command, ParseError } from '../command.ts';

/** The connection as libvirt names it: where the user named none, the one that virsh has chosen. */
export const uri: Command<string> = {
  words: ['uri'],
  parse: (stdout) => {
    const text = onlyLine(stdout, /^[a-z][a-z0-9+.-]*:\S*$/i);
    if (text === undefined) throw new ParseError('uri', 'connection URI', stdout.trim());
    return text;
  },
};
