import { gzipSync } from 'node:zlib';

/**
 * One gzip member that carries its own length in an extra field (RFC 1952, 2.3.1.1; as BGZF does): a file of such
 * members can be walked without unpacking it, so the end of the last whole one is found at once, while any gunzip
 * reads it as one text.
 */
export function gzipMember(text: string): Buffer {
  const plain = gzipSync(text, { level: 6 });
  const head = Buffer.concat([memberStart, Buffer.alloc(4)]);
  head.writeUInt32LE(head.length + plain.length - plainHeadBytes, memberStart.length);
  return Buffer.concat([head, plain.subarray(plainHeadBytes)]);
}

/** The head of a gzip member without an extra field. */
const plainHeadBytes = 10;

/** What every member here begins with: deflate, an extra field, no time, any system; the field, 'VS', of 4 bytes. */
export const memberStart = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x56, 0x53, 4, 0]);

/** The head of a member: what each begins with, and its length in bytes, the head included. */
export const memberHeadBytes = memberStart.length + 4;

/** Length in bytes of the member that begins so; undefined where it is none of these. */
export function memberLength(head: Buffer): number | undefined {
  if (head.length < memberHeadBytes || !head.subarray(0, memberStart.length).equals(memberStart))
    return undefined;
  return Math.max(memberHeadBytes, head.readUInt32LE(memberStart.length));
}
