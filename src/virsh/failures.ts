import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import type { VirshOptions } from './virsh-options.ts';

/** There is no virsh to run; waiting does not mend it. */
export class VirshMissing extends VcpuschedError {}

/** virsh could not be started, or ended by a signal. */
export function spawnFailure(
  options: VirshOptions,
  result: {
    readonly code?: string | undefined;
    readonly signal?: string | undefined;
    readonly shortMessage?: string | undefined;
  },
): VcpuschedError {
  if (result.code === 'ENOENT') {
    return new VirshMissing(exitStatus.unavailable, `virsh not found (looked for '${options.path}')`, {
      remedy:
        'install libvirt-clients (Debian, Ubuntu) or libvirt-client (Fedora, RHEL), or name it with --virsh; ' +
        "to try vcpusched without a hypervisor, see 'virsh-sim help'",
    });
  }
  const why =
    result.signal === undefined
      ? (result.code ?? result.shortMessage ?? 'unknown cause')
      : `it was ended by ${result.signal}`;
  return new VcpuschedError(exitStatus.unavailable, `cannot run virsh ('${options.path}'): ${why}`);
}

/** What a virsh that is kept open says cannot be trusted, or it says nothing; another one has to be asked. */
export class Doubtful extends Error {}

/** virsh did not end before the deadline; a stopped daemon makes it hang. */
export function timeoutFailure(options: VirshOptions): VcpuschedError {
  return new VcpuschedError(
    exitStatus.unavailable,
    `virsh did not answer within ${options.timeoutMs / 1000} s${connection(options.uri)}`,
    { remedy: 'is libvirtd stuck? --timeout sets how long to wait' },
  );
}

/**
 * What virsh's complaint amounts to. virsh's own words are in the C locale and can be matched; what the daemon
 * adds may be translated, and is only shown.
 * @param failed what could not be done, such as `cannot read the host`
 */
export function virshFailure(failed: string, text: string): VcpuschedError {
  if (!/failed to (re)?connect to the hypervisor/i.test(text)) {
    const status = isPermission(text) ? exitStatus.notPermitted : exitStatus.failed;
    return new VcpuschedError(status, `${failed}: ${text || 'virsh ended and printed nothing'}`);
  }
  if (isPermission(text)) {
    return new VcpuschedError(exitStatus.notPermitted, `not permitted to connect to libvirt: ${text}`, {
      remedy:
        'run as root, or join the libvirt group; on most systems status and plan need neither with --connect qemu:///system',
    });
  }
  // The socket of a session is in $XDG_RUNTIME_DIR, or in ~/.cache where that is not set.
  const isSession = /\/run\/user\/|\/\.cache\/libvirt\//.test(text);
  return new VcpuschedError(exitStatus.unavailable, `cannot reach libvirt: ${text}`, {
    remedy: `is the daemon running, and is the connection URI right?${isSession ? ' --connect qemu:///system shows the domains of the system' : ''}`,
  });
}

/** Whether virsh was refused, as against failed. */
export function isPermission(text: string): boolean {
  return /permission denied|operation forbidden|access denied|authentication (unavailable|failed|cancelled)|polkit|not authorized/i.test(
    text,
  );
}

/** A virsh that ran none of the commands of a batch, though it could connect: it does not know one of them, say. */
export class BatchRefused extends VcpuschedError {}

/** What it means that virsh ran no command of a batch. */
export function batchFailure(stderr: string): VcpuschedError {
  const { complaint, remarks } = complaintAndRemarks(stderr);
  const text = complaint || remarks.join(': ');
  const failure = virshFailure('virsh did not run the commands', text);
  return failure.status === exitStatus.failed ? new BatchRefused(failure.status, failure.message) : failure;
}

/**
 * Parts what virsh complains of from what else stands on stderr. virsh begins a complaint with `error: `, and the lines
 * after it belong to it; what comes before, and what has the form of libvirt's log, is somebody's remark.
 * @returns the complaint as one line without its prefixes, '' where there is none
 * @source vshError in virsh; virLogFormatString in libvirt
 */
export function complaintAndRemarks(stderr: string): {
  readonly complaint: string;
  readonly remarks: readonly string[];
} {
  const complaint: string[] = [];
  const remarks: string[] = [];
  for (const line of stderr.split('\n')) {
    const text = line.startsWith(prefix) ? line.slice(prefix.length).trim() : line.trim();
    const belongs = line.startsWith(prefix) || (complaint.length > 0 && !isLogged(line));
    if (text !== '') (belongs ? complaint : remarks).push(text);
  }
  return { complaint: complaint.join(': '), remarks };
}

const prefix = 'error: ';

/** `2026-01-02 03:04:05.678+0000: 4711: info : libvirt version: 9.0.0` */
function isLogged(line: string): boolean {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: \d+: /.test(line);
}

function connection(uri: string | undefined): string {
  return uri === undefined ? '' : ` (${uri})`;
}
