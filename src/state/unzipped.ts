import { finished } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';

/**
 * Unpacks gzip members, one after the other. Where the last one is cut off, all that can be had of it is given
 * first (piped through, the stream would drop it with its error).
 * @param onCut called at the end where the last member was not whole
 */
export async function* unzipped(chunks: AsyncIterable<Buffer>, onCut: () => void): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const out: Buffer[] = [];
  gunzip.on('data', (chunk: Buffer) => out.push(chunk));
  const end = finished(gunzip).catch((error: NodeJS.ErrnoException) => error);
  try {
    for await (const chunk of chunks) {
      await written(gunzip, chunk);
      if (gunzip.errored) break;
      yield* out.splice(0);
    }
    gunzip.end();
    const error = await end;
    yield* out.splice(0);
    if (error?.code === 'Z_BUF_ERROR') onCut();
    else if (error) throw error;
  } finally {
    gunzip.destroy();
  }
}

/** Where it fails, zlib does not call back. */
function written(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once('error', resolve);
    gunzip.write(chunk, () => {
      gunzip.off('error', resolve);
      resolve();
    });
  });
}
