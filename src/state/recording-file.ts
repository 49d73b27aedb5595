import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { type EncoderMemory, encodeGap, encodeSample, type Sample } from '../simulate/recording/encode.ts';
import { headerStart, type Run } from '../simulate/recording/format.ts';
import { gzipMember } from './gzip-member.ts';
import { rotate } from './rotate.ts';
import { wholeEnd } from './whole-end.ts';

/** A recording that is being written. What was added is in the file, whole, when the promise is kept. */
export type RecordingFile = {
  /** @throws {VcpuschedError} where it cannot be written; what was there before is then as it was */
  readonly addSample: (sample: Sample) => Promise<void>;
  readonly addGap: (wallMs: number, reason: string) => Promise<void>;
  /** bytes written so far, all rotated files together */
  readonly writtenBytes: () => number;
  /**
   * Leaves no file with nothing in it, if the disk lets it.
   * @throws {VcpuschedError} where what was written may not have come to the disk
   */
  readonly close: () => Promise<void>;
};

/**
 * Opens a recording to be added to, or begins one. A file whose name ends in `.gz` is gzipped, a member for each
 * sample. What a recorder that was killed had not finished is cut off.
 * @param maxBytes the size that no file is to pass; what does not fit begins a new one (a single sample always fits)
 * @throws {VcpuschedError} status 65 where there is a file and it is no recording; 1 where it cannot be opened
 */
export async function openRecording(
  path: string,
  run: Run,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<RecordingFile> {
  const zipped = path.endsWith('.gz');
  const failed = (error: unknown) => cannotWrite(path, error);
  let file = await open(path, constants.O_RDWR | constants.O_CREAT).catch(failed);
  let sizeBytes = await cutBack(file, path, zipped).catch(async (error) => {
    await file.close().catch(() => undefined);
    return failed(error);
  });
  let memory: EncoderMemory | undefined;
  let writtenBytes = 0;

  /** Writes at the end or not at all: half a line would be in the way of the next one. */
  async function append(bytes: Buffer): Promise<void> {
    if ((await file.stat()).size !== sizeBytes) {
      throw new VcpuschedError(
        exitStatus.failed,
        `${path}: another program has written to it; record to another file`,
      );
    }
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, sizeBytes + done)).bytesWritten;
      }
    } catch (error) {
      await file.truncate(sizeBytes).catch(() => undefined);
      throw error;
    }
    sizeBytes += bytes.length;
    writtenBytes += bytes.length;
  }

  async function startAnother(): Promise<void> {
    await file.close();
    await rotate(path);
    file = await open(path, 'wx+');
    sizeBytes = 0;
    memory = undefined;
  }

  async function addSample(sample: Sample): Promise<void> {
    const encoded = encodeSample(run, memory, sample);
    const bytes = bytesOf(encoded.lines, zipped);
    if (sizeBytes > 0 && sizeBytes + bytes.length > maxBytes) {
      await startAnother();
      return addSample(sample);
    }
    await append(bytes);
    memory = encoded.memory;
  }
  return {
    addSample: (sample) => addSample(sample).catch(failed),
    addGap: async (wallMs, reason) => {
      // Before the first header there is nothing to have a gap in.
      if (sizeBytes > 0) await append(bytesOf([encodeGap(wallMs, reason)], zipped)).catch(failed);
    },
    writtenBytes: () => writtenBytes,
    close: async () => {
      await file.close().catch(failed);
      if (sizeBytes === 0) await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

/** Returns the size then. */
async function cutBack(file: FileHandle, path: string, zipped: boolean): Promise<number> {
  const isFile = (await file.stat()).isFile();
  const end = isFile ? wholeEnd(file.fd, zipped, headerStart) : undefined;
  if (end === undefined) {
    throw new VcpuschedError(
      exitStatus.data,
      `${path}: is there and is no recording${zipped ? ' that this program gzipped' : ''}; name another file`,
    );
  }
  await file.truncate(end);
  return end;
}

function bytesOf(lines: readonly string[], zipped: boolean): Buffer {
  const text = lines.map((line) => `${line}\n`).join('');
  return zipped ? gzipMember(text) : Buffer.from(text);
}

function cannotWrite(path: string, error: unknown): never {
  if (error instanceof VcpuschedError) throw error;
  const why = error instanceof Error ? error.message : String(error);
  throw new VcpuschedError(exitStatus.failed, `${path}: cannot be written: ${why}`, { cause: error });
}
