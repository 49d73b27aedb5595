import type { FolderFacts } from '../host/folder-facts.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** All that the checks look at; they read nothing themselves. */
export type Facts = {
  /** the version of virsh */
  readonly virsh: Told<string>;
  /** the version of the libvirt that answers, which on another host is not always virsh's own */
  readonly libvirt: Told<string>;
  /** how libvirt names the connection, and what could be read over it */
  readonly connection: Told<{ readonly uri: string; readonly snapshot: Snapshot }>;
  /** whether a connection that may pin opens */
  readonly rights: Told<undefined>;
  /** patterns of --domain and --exclude that no domain fits, a sentence each; none without a connection */
  readonly unmatched: readonly string[];
  /** this machine, where the host is this machine; or why nothing is known of it */
  readonly machine: Told<Machine>;
  readonly config: ConfigFacts;
  /** undefined where it may not be looked at */
  readonly state: FolderFacts | undefined;
  /** what is kept for the connection, or why it cannot be used; undefined without a connection */
  readonly kept: Told<Kept> | undefined;
  /** where the state is to be */
  readonly stateDir: string;
  /** who asks */
  readonly myUid: number;
  /** the pCPUs to use, by --cpus */
  readonly cpus: CpuSet | undefined;
  /** the wall clock, ms since the epoch */
  readonly nowMs: number;
};

/** Something, or why it is not known. */
export type Told<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly remedy?: string | undefined };

/** What the files of this machine say. */
export type Machine = {
  /** isolcpus and nohz_full */
  readonly isolated: CpuSet;
  /** the pCPUs of the cgroup that guests are in; undefined where there is none */
  readonly granted: CpuSet | undefined;
  /** /proc/sys/kernel/sched_schedstats; undefined where the kernel has none */
  readonly schedstats: string | undefined;
  /** /proc/self/schedstat: how long a thread ran and waited, and how often; undefined where there is none */
  readonly schedstat: string | undefined;
  /** the numbers of running processes, by name */
  readonly processes: ReadonlyMap<string, number>;
  /** what is written in the settings of irqbalance, of the file that there is */
  readonly irqbalance: string | undefined;
};

/** What is kept for a connection. */
export type Kept = {
  /** who pins there now */
  readonly holder: { readonly pid: number; readonly command: string } | undefined;
  /** how many vCPUs there are to put back */
  readonly vcpus: number;
  /** when the last pin was set, ms since the epoch; undefined where none is known */
  readonly lastMoveMs: number | undefined;
};

export type ConfigFacts = {
  readonly file: string | undefined;
  /** whether everybody may write it */
  readonly isOpen: boolean;
  /** the pCPUs of its rules, and the line of each */
  readonly ruleCpus: readonly { readonly set: CpuSet; readonly by: string }[];
};
