import { type Command, VirshError } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';

/** `domjobinfo`: what libvirt is doing with a domain, and since when. */
export const domjobinfo: Command = {
  name: 'domjobinfo',
  options: [
    domainOption,
    ...['completed', 'keep-completed', 'anystats', 'rawstats'].map(
      (name) => ({ name, kind: 'flag' }) as const,
    ),
  ],
  run: (args, session) => {
    const { state, job } = domainArgument(args, session);
    if (state === 'shutoff') throw new VirshError('Requested operation is not valid: domain is not running');
    const current = args.has('completed') ? undefined : job;
    if (args.has('rawstats')) return `Job type: ${current === undefined ? 0 : 2}\n\n`;
    if (current === undefined) return line('Job type:', 'None');
    const elapsedMs = Math.floor((session.host.nowNs - current.sinceNs) / 1e6);
    return (
      line('Job type:', 'Unbounded') +
      line('Operation:', current.operation) +
      `${'Time elapsed:'.padEnd(17)} ${String(elapsedMs).padEnd(12)} ms\n`
    );
  },
};

function line(name: string, value: string): string {
  return `${name.padEnd(17)} ${value.padEnd(12)}\n`;
}
