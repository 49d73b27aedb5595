import { createReadStream } from 'node:fs';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { type DecoderMemory, decodeLine, type Recorded } from '../simulate/recording/decode.ts';
import { RecordingError } from '../simulate/recording/decode-domains.ts';
import { splitLines } from './split-lines.ts';
import { unzipped } from './unzipped.ts';

/** What a recording tells, with the number of its line; `torn` says that the end of the file is not whole. */
export type RecordedLine = (Recorded | { readonly kind: 'torn' }) & { readonly line: number };

/**
 * Reads a recording from its file, gzipped or not whatever its name, a line at a time. What stands before the
 * first header (where the beginning was cut off) is passed over.
 * @throws {VcpuschedError} status 65, naming the file and the line
 */
export async function* readRecording(path: string): AsyncGenerator<RecordedLine> {
  let line = 1;
  let memory: DecoderMemory | undefined;
  let torn = false;
  let passedOver = 0;
  const onCut = () => {
    torn = true;
  };
  try {
    for await (const { text, whole } of splitLines(bytesOf(path, onCut))) {
      if (!whole) {
        torn = true;
        break;
      }
      if (memory === undefined) passedOver += text.length;
      if (memory === undefined && passedOver > mostBeforeHeader)
        throw new RecordingError(`no recording: there is no header in ${mostBeforeHeader} characters`);
      const decoded = decodeLine(memory, text);
      memory = decoded.memory;
      if (decoded.recorded !== undefined) yield { ...decoded.recorded, line };
      line++;
    }
  } catch (error) {
    throw readFailure(`${path}:${line}`, error);
  }
  if (memory === undefined) {
    throw new VcpuschedError(
      exitStatus.data,
      `${path}:1: no recording: ${torn || line > 1 ? 'there is no header' : 'the file is empty'}`,
    );
  }
  if (torn) yield { kind: 'torn', line };
}

/** Many times what a hundred samples of a large host take, so that a stream of something else comes to an end. */
const mostBeforeHeader = 2 ** 30;

async function* bytesOf(path: string, onCut: () => void): AsyncGenerator<Buffer> {
  const chunks: AsyncIterableIterator<Buffer> = createReadStream(path)[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const all = chain(first.value, chunks);
  yield* first.value[0] === 0x1f ? unzipped(all, onCut) : all;
}

async function* chain(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** What is no fault of the file is a defect of this program, and stays as it is. */
function readFailure(place: string, error: unknown): unknown {
  if (error instanceof RecordingError || error instanceof RangeError) {
    return new VcpuschedError(exitStatus.data, `${place}: ${error.message}`, { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return error;
  return new VcpuschedError(exitStatus.data, `${place}: cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
