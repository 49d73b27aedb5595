import { setMetadata } from '../../actions.ts';
import type { Attributes, SimDomain } from '../../host.ts';
import { type Arguments, type Command, forbidReadOnly, type Session, VirshError } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { waitForJob } from '../wait-for-job.ts';
import { escapeXml } from './echo.ts';

/** `metadata`: shows, sets or removes one element of a domain's metadata. The one of vcpusched, no other. */
export const metadata: Command = {
  name: 'metadata',
  options: [
    domainOption,
    { name: 'uri', kind: 'string', required: true },
    { name: 'live', kind: 'flag' },
    { name: 'config', kind: 'flag' },
    { name: 'current', kind: 'flag' },
    { name: 'key', kind: 'string' },
    { name: 'set', kind: 'string' },
    { name: 'remove', kind: 'flag' },
  ],
  changes: true,
  run: (args, session) => {
    const domain = domainArgument(args, session);
    const text = args.text('set');
    if (text === undefined && !args.has('remove')) return `${show(domain, args)}\n`;
    if (text !== undefined && args.text('key') === undefined)
      throw new VirshError('namespace key is required when modifying metadata');
    change(domain, text === undefined ? undefined : attributesOf(text), args, session);
    return `Metadata ${text === undefined ? 'removed' : 'modified'}\n`;
  },
};

function show(domain: SimDomain, args: Arguments): string {
  const attributes = isLive(domain, args) ? domain.metadata : domain.configuredMetadata;
  if (attributes === undefined || args.text('uri') !== uri)
    throw new VirshError('metadata not found: Requested metadata element is not present');
  return `<domain${attributesXml(attributes)}/>`;
}

function change(
  domain: SimDomain,
  attributes: Attributes | undefined,
  args: Arguments,
  session: Session,
): void {
  forbidReadOnly(session, 'virDomainSetMetadata');
  waitForJob(session, domain);
  if (args.text('uri') !== uri) throw new VirshError(`virsh-sim keeps no metadata but that of ${uri}`);
  const where = { live: isLive(domain, args), config: args.has('config') || domain.state === 'shutoff' };
  session.host = setMetadata(session.host, domain.uuid, attributes, where);
}

/** Without a flag, what runs is meant where something does. */
function isLive({ state }: SimDomain, args: Arguments): boolean {
  const active = state !== 'shutoff';
  if (args.has('live') && !active)
    throw new VirshError('Requested operation is not valid: domain is not running');
  return args.has('live') || (active && !args.has('config'));
}

/** The attributes of an element without content: `<domain cpus='0-1'/>`. */
function attributesOf(text: string): Attributes {
  const inner = /^<domain((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/>$/.exec(text.trim())?.[1];
  if (inner === undefined)
    throw new VirshError(`virsh-sim takes <domain .../> with attributes, not '${text}'`);
  const found = inner.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...found].map(([, name, double, single]) => [name, double ?? single ?? '']));
}

/** As libvirt writes them. */
export function attributesXml(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
}

const uri = 'urn:vcpusched:domain';
