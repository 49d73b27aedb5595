import { type Command, ParseError } from '../command.ts';

/**
 * The version of the libvirt that answers, which on another host or in a container is not always virsh's own.
 * @source cmdVersion in virsh; fails where the connection does not tell it
 */
export const daemonVersion: Command<string> = {
  words: ['version', '--daemon'],
  parse: (stdout) => {
    const version = /^Running against daemon: (\d{1,4}\.\d{1,4}\.\d{1,4})$/m.exec(stdout)?.[1];
    if (version === undefined) throw new ParseError('version --daemon', 'daemon', stdout.trim());
    return version;
  },
};
