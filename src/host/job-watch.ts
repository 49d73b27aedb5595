/** What is told of a domain that has a job, for people. */
export const jobReason =
  'a job is under way (migration, save, backup), or its QEMU does not answer: each pin would wait 30 s for it';

/**
 * Tells domains with a job from what domstats tells of them: it asks QEMU of those alone that have none, so one of which
 * less is told than before in the same start has one. `domjobinfo` would tell more, but waits 30 s itself where QEMU
 * does not answer (seen with libvirt 9.0).
 */
export function jobWatch() {
  let asked = new Map<string, number | undefined>();

  /** @param id of its present start */
  function hasJob(uuid: string, id: number | undefined, isQueried: boolean): boolean {
    if (isQueried) asked.set(uuid, id);
    return !isQueried && id !== undefined && asked.get(uuid) === id;
  }

  /** Forgets all domains but these. */
  function forgetOthers(uuids: ReadonlySet<string>): void {
    asked = new Map([...asked].filter(([uuid]) => uuids.has(uuid)));
  }
  return { hasJob, forgetOthers };
}
