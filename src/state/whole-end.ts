import { fstatSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { memberHeadBytes, memberLength, memberStart } from './gzip-member.ts';

/**
 * Where a file's last whole line ends, or its last whole gzip member: what stands after it was being written when
 * the recorder was killed.
 * @param start what the text of such a file begins with
 * @returns undefined where it is another kind of file; 0 where nothing of it is whole
 */
export function wholeEnd(fd: number, zipped: boolean, start: string): number | undefined {
  const { size } = fstatSync(fd);
  return zipped ? lastMemberEnd(fd, size, start) : lastLineEnd(fd, size, Buffer.from(start));
}

function lastLineEnd(fd: number, size: number, start: Buffer): number | undefined {
  if (!isStart(read(fd, 0, Math.min(size, start.length)), start)) return undefined;
  for (let end = size; end > 0; end -= chunkBytes) {
    const from = Math.max(0, end - chunkBytes);
    const newline = read(fd, from, end - from).lastIndexOf('\n');
    if (newline >= 0) return from + newline + 1;
  }
  return 0;
}

const chunkBytes = 1 << 16;

function lastMemberEnd(fd: number, size: number, start: string): number | undefined {
  for (let end = 0; ; ) {
    const head = read(fd, end, Math.min(size - end, memberHeadBytes));
    if (!isStart(head.subarray(0, memberStart.length), memberStart)) return undefined;
    const length = memberLength(head);
    if (length === undefined || end + length > size) return end;
    if (
      end === 0 &&
      !gunzipSync(read(fd, 0, length))
        .toString()
        .startsWith(start)
    )
      return undefined;
    end += length;
  }
}

/** Whether these bytes, however few, are what stands at the start of `start`. */
function isStart(bytes: Buffer, start: Buffer): boolean {
  return bytes.equals(start.subarray(0, bytes.length));
}

function read(fd: number, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
}
