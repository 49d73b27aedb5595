import type { SimDomain } from '../../host.ts';
import type { Arguments, Command } from '../command.ts';
import { textTable } from '../text-table.ts';

const flags = [
  'persistent',
  'transient',
  'inactive',
  'all',
  'state-running',
  'state-paused',
  'state-shutoff',
  'uuid',
  'name',
  'id',
  'table',
];

/** `list`: active domains by id, then the others by name. */
export const list: Command = {
  name: 'list',
  options: flags.map((name) => ({ name, kind: 'flag' })),
  run: (args, session) => {
    const chosen = session.host.domains.filter((domain) => isChosen(domain, args)).sort(byIdThenName);
    const fields = (['uuid', 'id', 'name'] as const).filter((field) => args.has(field));
    if (fields.length === 0) {
      const rows = chosen.map((domain) => [idText(domain), escapeName(domain.name), stateText(domain)]);
      return textTable(['Id', 'Name', 'State'], rows, session.quiet);
    }
    // Of a domain that is off, `list --all --id` prints nothing at all.
    return chosen
      .map((domain) => fields.map((field) => domain[field]).filter((value) => value !== undefined))
      .filter((values) => values.length > 0)
      .map((values) => `${values.join(' ')}\n`)
      .join('');
  },
};

export function stateText({ state }: SimDomain): string {
  return state === 'shutoff' ? 'shut off' : state;
}

export function idText({ id }: SimDomain): string {
  return id === undefined ? '-' : String(id);
}

function isChosen({ state, transient }: SimDomain, args: Arguments): boolean {
  if (args.has('transient') !== args.has('persistent') && args.has('transient') !== transient) return false;
  const wanted = (['running', 'paused', 'shutoff'] as const).filter((each) => args.has(`state-${each}`));
  if (wanted.length > 0 && !wanted.includes(state)) return false;
  if (args.has('all') || args.has('state-shutoff')) return true;
  return args.has('inactive') === (state === 'shutoff');
}

function byIdThenName(a: SimDomain, b: SimDomain): number {
  if (a.id !== undefined || b.id !== undefined) return (a.id ?? Infinity) - (b.id ?? Infinity);
  return a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1;
}

/** In the C locale the table shows every byte that is not ASCII as \xff. */
function escapeName(name: string): string {
  return [...Buffer.from(name)].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\\xff')).join('');
}
