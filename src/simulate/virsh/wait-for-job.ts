import type { SimDomain } from '../host.ts';
import { type Session, VirshError } from './command.ts';

/**
 * Waits until a domain has no job, as libvirt does before it changes one; others may use the host meanwhile.
 * @throws {VirshError} where the job lasts longer than libvirt waits
 * @source virDomainObjBeginJobInternal in libvirt's src/conf/virdomainjob.c
 */
export function waitForJob(session: Session, { uuid }: SimDomain): void {
  const job = (): SimDomain['job'] => session.host.domains.find((domain) => domain.uuid === uuid)?.job;
  const first = job();
  if (first === undefined) return;
  for (let waitedMs = 0; waitedMs < first.waitNs / 1e6; waitedMs += lookEveryMs) {
    session.pause(Math.min(lookEveryMs, first.waitNs / 1e6 - waitedMs));
    if (job() === undefined) return;
  }
  const holder = holders[first.operation] ?? 'remoteDispatchDomainSave';
  throw new VirshError(
    `Timed out during operation: cannot acquire state change lock (held by monitor=${holder})`,
  );
}

/** Short beside what a cycle takes, and long beside reading the host anew. */
const lookEveryMs = 100;

/** What of libvirt holds the job of an operation. */
const holders: Readonly<Record<string, string>> = {
  'Outgoing migration': 'remoteDispatchDomainMigratePerform3Params',
  'Incoming migration': 'remoteDispatchDomainMigratePrepare3Params',
  Save: 'remoteDispatchDomainSave',
  Dump: 'remoteDispatchDomainCoreDumpWithFormat',
};
