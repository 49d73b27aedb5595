import { Doubtful } from './failures.ts';
import type { Virsh, VirshOutput } from './runner.ts';

/**
 * A virsh for reading of which a second one is asked, beside the first, where the first does not begin to answer, and at
 * once where its answer cannot be trusted. A QEMU that does not answer (stopped, or stuck on its storage) holds up the
 * first `domstats --nowait` that asks it, for as long as that lasts: the option keeps libvirt from waiting for the
 * domain's job, but not from waiting for QEMU once it has the job. The second one finds the job taken, leaves out what
 * only QEMU can tell, and answers at once (seen with libvirt 9.0). Whichever ends first counts, and the other is ended.
 * @param after calls after so many milliseconds, unless the function that it returns is called before
 */
export function askTwice(
  first: Virsh,
  second: Virsh,
  after: (ms: number, call: () => void) => () => void,
): Virsh {
  return async (args, signal, onOutput) => {
    const stop = new AbortController();
    const forward = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', forward);
    let stderr = '';
    let cancel = () => {};
    try {
      if (signal?.aborted === true) forward();
      const { output, pieces } = await new Promise<Heard>((resolve, reject) => {
        let asked: Promise<void> | undefined;
        const askSecond = () => {
          asked ??= listen(second, args, stop.signal, () => undefined).then(resolve);
          return asked;
        };
        // Where the second one fails, the first one may still answer.
        cancel = after(patienceMs, () => void askSecond().catch(() => undefined));
        listen(first, args, stop.signal, ([stream, text]) => {
          if (stream !== 'stderr' || stderr.length > mostBytes) return;
          stderr += text;
          if (anyMark.test(stderr)) cancel();
        }).then(resolve, (error) => {
          cancel();
          if (error instanceof Doubtful) askSecond().catch(reject);
          else reject(error);
        });
      });
      for (const piece of pieces) onOutput?.(...piece);
      return output;
    } finally {
      cancel();
      signal?.removeEventListener('abort', forward);
      stop.abort(over);
    }
  };
}

type Piece = Parameters<NonNullable<Parameters<Virsh>[2]>>;
type Heard = { readonly output: VirshOutput; readonly pieces: readonly Piece[] };

/** What one virsh says, piece by piece; only that of the one that counts is handed on. */
async function listen(
  virsh: Virsh,
  args: readonly string[],
  signal: AbortSignal,
  onPiece: (piece: Piece) => void,
): Promise<Heard> {
  const pieces: Piece[] = [];
  const output = await virsh(args, signal, (...piece) => {
    pieces.push(piece);
    onPiece(piece);
  });
  return { output, pieces };
}

/** Why the one that does not count is ended; made once, since to make one takes longer than all else here. */
const over = new Error('another virsh has answered');

/** Longer than the largest host takes for its first command, and a connection over a network to be made. */
const patienceMs = 3000;

/** The mark that a command of a batch has ended with. */
const anyMark = /^error: [0-9a-f]{8}\.\d+$/m;
/** What stands before the first mark is short. */
const mostBytes = 1 << 16;
