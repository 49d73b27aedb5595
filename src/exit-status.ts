/** Exit statuses, as vcpusched(1) documents them. */
export const exitStatus = {
  done: 0,
  failed: 1,
  /** `plan --detailed-exitcode` has moves */
  movesPending: 2,
  /** the command line is wrong */
  usage: 64,
  /** a file is not what it should be */
  data: 65,
  /** libvirt cannot be reached */
  unavailable: 69,
  /** another vcpusched has the lock of the connection */
  busy: 75,
  notPermitted: 77,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];
