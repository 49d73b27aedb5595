import type { SimDomain } from '../host.ts';
import { type Arguments, type Session, VirshError } from './command.ts';

/** The domain that a command was given: by id first, then by UUID, then by name, as virsh looks. */
export function findDomain(session: Session, text: string): SimDomain {
  const { domains } = session.host;
  const found =
    (/^\d+$/.test(text) ? domains.find(({ id }) => id === Number(text)) : undefined) ??
    domains.find(({ uuid }) => uuid === text.toLowerCase()) ??
    domains.find(({ name }) => name === text);
  if (!found) throw new VirshError(`failed to get domain '${text}'`);
  return found;
}

/** The same for the usual option. */
export function domainArgument(args: Arguments, session: Session): SimDomain {
  return findDomain(session, args.text('domain') ?? '');
}

export const domainOption = { name: 'domain', kind: 'string', required: true } as const;
