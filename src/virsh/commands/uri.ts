import { type Command, ParseError } from '../command.ts';

/** The connection as libvirt names it: where the user named none, the one that virsh has chosen. */
export const uri: Command<string> = {
  words: ['uri'],
  parse: (stdout) => {
    const text = stdout.trim();
    if (!/^[a-z][a-z0-9+.-]*:\S*$/i.test(text)) throw new ParseError('uri', 'connection URI', text);
    return text;
  },
};
