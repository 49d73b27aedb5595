import type { Command } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { idText, stateText } from './list.ts';

/** The commands that print one fact about a domain. */
export const domuuid: Command = {
  name: 'domuuid',
  options: [domainOption],
  run: (args, session) => `${domainArgument(args, session).uuid}\n`,
};

export const domid: Command = {
  name: 'domid',
  options: [domainOption],
  run: (args, session) => `${idText(domainArgument(args, session))}\n`,
};

export const domname: Command = {
  name: 'domname',
  options: [domainOption],
  run: (args, session) => `${domainArgument(args, session).name}\n`,
};

export const domstate: Command = {
  name: 'domstate',
  options: [domainOption, { name: 'reason', kind: 'flag' }],
  run: (args, session) => {
    const domain = domainArgument(args, session);
    const reason = { running: 'booted', paused: 'user', shutoff: 'unknown' }[domain.state];
    return `${stateText(domain)}${args.has('reason') ? ` (${reason})` : ''}\n`;
  },
};
