import { applyEvent, setBackground, setDemand } from '../../actions.ts';
import type { Host } from '../../host.ts';
import { type Arguments, type Command, VirshError } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';

/** The commands that virsh has not: they change what the host is made to do. */
export const demand: Command = {
  name: 'demand',
  options: [
    domainOption,
    { name: 'percent', kind: 'number', required: true },
    { name: 'vcpu', kind: 'number' },
  ],
  changes: true,
  run: (args, session) => {
    const { uuid } = domainArgument(args, session);
    const pct = percentOf(args);
    const vcpu = args.text('vcpu');
    session.host = setDemand(session.host, uuid, vcpu === undefined ? undefined : Number(vcpu), pct);
    return '';
  },
};

export const pcpu: Command = {
  name: 'pcpu',
  options: [
    { name: 'cpu', kind: 'number', required: true },
    { name: 'state', kind: 'string', required: true },
  ],
  changes: true,
  run: (args, session) => {
    const kind = args.text('state');
    if (kind !== 'online' && kind !== 'offline') throw new VirshError(`'${kind}' is not online or offline`);
    const { host } = session;
    const number = cpuOf(args, host);
    if (kind === 'offline' && host.online.every((cpu) => cpu === number)) {
      throw new VirshError('the last CPU cannot go offline');
    }
    session.host = applyEvent(host, { kind, atNs: host.nowNs, pcpu: number });
    return '';
  },
};

export const background: Command = {
  name: 'background',
  options: [
    { name: 'cpu', kind: 'number', required: true },
    { name: 'percent', kind: 'number', required: true },
  ],
  changes: true,
  run: (args, session) => {
    const demand = { kind: 'constant', pct: percentOf(args) } as const;
    session.host = setBackground(session.host, [cpuOf(args, session.host)], demand);
    return '';
  },
};

function percentOf(args: Arguments): number {
  const text = args.text('percent') ?? '';
  const pct = Number(text);
  if (text.trim() === '' || !(pct >= 0 && pct <= 100))
    throw new VirshError(`'${text}' is not 0 to 100 per cent`);
  return pct;
}

function cpuOf(args: Arguments, { topology }: Host): number {
  const text = args.text('cpu') ?? '';
  if (!/^\d{1,5}$/.test(text) || !topology.some(({ id }) => id === Number(text)))
    throw new VirshError(`the host has no CPU ${text}`);
  return Number(text);
}
