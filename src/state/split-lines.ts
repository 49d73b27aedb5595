/** A line of a text, and whether its end was there. */
export type Line = { readonly text: string; readonly whole: boolean };

/**
 * Cuts a stream of bytes into lines, at newlines alone (a name can hold U+2028, which readline takes for one).
 * @throws {RangeError} where a line is longer than `maxBytes`, so that no file can use up the memory
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, maxBytes = 1 << 28): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, at)]).toString(), whole: true };
      rest = [];
      restBytes = 0;
      from = at + 1;
    }
    restBytes += chunk.length - from;
    if (restBytes > maxBytes) throw new RangeError(`is longer than ${maxBytes} bytes`);
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield { text: Buffer.concat(rest).toString(), whole: false };
}
