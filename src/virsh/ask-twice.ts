import type { Virsh, VirshOutput } from './runner.ts';

/**
 * A virsh for reading that is asked a second time, beside the first, where it does not begin to answer. A QEMU that
 * does not answer (stopped, or stuck on its storage) holds up the first `domstats --nowait` that asks it, for as long
 * as that lasts: the option keeps libvirt from waiting for the domain's job, but not from waiting for QEMU once it has
 * the job. The second one finds the job taken, leaves out what only QEMU can tell, and answers at once (seen with
 * libvirt 9.0). Whichever ends first counts, and the other is ended.
 * @param after calls after so many milliseconds, unless the function that it returns is called before
 */
export function askTwice(virsh: Virsh, after: (ms: number, call: () => void) => () => void): Virsh {
  return async (args, signal, onOutput) => {
    const stop = new AbortController();
    const forward = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', forward);
    let stderr = '';
    let cancel = () => {};
    try {
      if (signal?.aborted === true) forward();
      return await new Promise<VirshOutput>((resolve, reject) => {
        cancel = after(patienceMs, () => {
          // Where it fails, the first one may still answer.
          virsh(args, stop.signal, onOutput).then(resolve, () => undefined);
        });
        virsh(args, stop.signal, (stream, text, atMs) => {
          onOutput?.(stream, text, atMs);
          if (stream !== 'stderr' || stderr.length > mostBytes) return;
          stderr += text;
          if (anyMark.test(stderr)) cancel();
        }).then(resolve, reject);
      });
    } finally {
      cancel();
      signal?.removeEventListener('abort', forward);
      stop.abort();
    }
  };
}

/** Longer than the largest host takes for its first command, and a connection over a network to be made. */
const patienceMs = 3000;

/** The mark that a command of a batch has ended with. */
const anyMark = /^error: [0-9a-f]{8}\.\d+$/m;
/** What stands before the first mark is short. */
const mostBytes = 1 << 16;
