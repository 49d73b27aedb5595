import { resumeDomain, setVcpuCount, startDomain, stopDomain, suspendDomain } from '../../actions.ts';
import type { Host, SimDomain } from '../../host.ts';
import { type Command, forbidReadOnly, VirshError } from '../command.ts';
import { domainArgument, domainOption } from '../find-domain.ts';
import { waitForJob } from '../wait-for-job.ts';

/** The commands that change a domain's state. */
export const start = lifecycle({
  name: 'start',
  call: 'virDomainCreate',
  // virsh names the domain here and repeats the argument in the others.
  doing: (domain) => `Failed to start domain '${domain.name}'`,
  done: (domain) => `Domain '${domain.name}' started`,
  refuse: (domain) => (domain.state === 'shutoff' ? [] : ['Domain is already active']),
  change: startDomain,
});

export const destroy = lifecycle({
  name: 'destroy',
  call: 'virDomainDestroy',
  doing: (_, given) => `Failed to destroy domain '${given}'`,
  done: (_, given) => `Domain '${given}' destroyed`,
  refuse: (domain, given) =>
    domain.state === 'shutoff' ? [`Failed to destroy domain '${given}'`, notRunning] : [],
  change: stopDomain,
});

export const suspend = lifecycle({
  name: 'suspend',
  call: 'virDomainSuspend',
  doing: (_, given) => `Failed to suspend domain '${given}'`,
  done: (_, given) => `Domain '${given}' suspended`,
  refuse: (domain, given) =>
    domain.state === 'shutoff' ? [`Failed to suspend domain '${given}'`, notRunning] : [],
  change: suspendDomain,
});

export const resume = lifecycle({
  name: 'resume',
  call: 'virDomainResume',
  doing: (_, given) => `Failed to resume domain '${given}'`,
  done: (_, given) => `Domain '${given}' resumed`,
  refuse: (domain, given) =>
    domain.state === 'shutoff' ? [`Failed to resume domain '${given}'`, notRunning] : [],
  change: resumeDomain,
});

export const setvcpus: Command = {
  name: 'setvcpus',
  options: [
    domainOption,
    { name: 'count', kind: 'number', required: true },
    { name: 'live', kind: 'flag' },
    { name: 'current', kind: 'flag' },
  ],
  changes: true,
  run: (args, session) => {
    const domain = domainArgument(args, session);
    const count = Number(args.text('count'));
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new VirshError(
        `Numeric value '${args.text('count')}' for <count> option is malformed or out of range`,
      );
    }
    if (count === 0) throw new VirshError("Can't set 0 processors for a VM");
    forbidReadOnly(session, args.has('live') ? 'virDomainSetVcpusFlags' : 'virDomainSetVcpus');
    if (args.has('live') && domain.state === 'shutoff') throw new VirshError(notRunning);
    waitForJob(session, domain);
    const maximum = domain.vcpus.length;
    if (count > maximum) {
      throw new VirshError(
        `invalid argument: requested vcpus is greater than max allowable vcpus for the live domain: ${count} > ${maximum}`,
      );
    }
    session.host = setVcpuCount(session.host, domain.uuid, count);
    return '';
  },
};

const notRunning = 'Requested operation is not valid: domain is not running';

type Lifecycle = {
  readonly name: string;
  readonly call: string;
  readonly doing: (domain: SimDomain, given: string) => string;
  readonly done: (domain: SimDomain, given: string) => string;
  readonly refuse: (domain: SimDomain, given: string) => readonly string[];
  readonly change: (host: Host, uuid: string) => Host;
};

function lifecycle({ name, call, doing, done, refuse, change }: Lifecycle): Command {
  return {
    name,
    options: [domainOption],
    changes: true,
    run: (args, session) => {
      const domain = domainArgument(args, session);
      const given = args.text('domain') ?? '';
      forbidReadOnly(session, call, doing(domain, given));
      const refusal = refuse(domain, given);
      if (refusal.length > 0) throw new VirshError(...refusal);
      session.host = change(session.host, domain.uuid);
      return `${done(domain, given)}\n`;
    },
  };
}
