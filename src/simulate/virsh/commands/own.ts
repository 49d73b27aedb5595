import { parseCpuList } from '../../../model/cpu-set.ts';
import { applyEvent, setDemand } from '../../actions.ts';
import { type Command, VirshError } from '../command.ts';
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
    const pct = Number(args.text('percent'));
    if (!(pct >= 0 && pct <= 100)) throw new VirshError(`'${args.text('percent')}' is not 0 to 100 per cent`);
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
    const [number = -1] = parseCpuList(args.text('cpu') ?? '');
    const { host } = session;
    if (!host.topology.some(({ id }) => id === number)) throw new VirshError(`the host has no CPU ${number}`);
    if (kind === 'offline' && host.online.every((cpu) => cpu === number)) {
      throw new VirshError('the last CPU cannot go offline');
    }
    session.host = applyEvent(host, { kind, atNs: host.nowNs, pcpu: number });
    return '';
  },
};
