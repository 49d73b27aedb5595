import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

/**
 * Sets the ticks of these guests to 0 at one moment, so that their phases are against one clock. Returns when
 * each has answered, and so when each is up.
 * @param paths the sockets of their serial lines
 */
export async function putInStep(paths: readonly string[]): Promise<void> {
  // The first byte finds each guest in its own time, the second finds all of them waiting for it.
  await say(paths, ['S', 'S']);
}

/** Has guests do nothing any more, not even count ticks. */
export function putToSleep(paths: readonly string[]): Promise<void> {
  return say(paths, ['Z']);
}

/** Sends bytes to guests, and waits for each to come back. */
async function say(paths: readonly string[], bytes: readonly string[]): Promise<void> {
  const lines = await Promise.all(paths.map(open));
  for (const byte of bytes) {
    const answers = lines.map((line) => once(line, 'data', { signal: AbortSignal.timeout(60_000) }));
    for (const line of lines) line.write(byte);
    await Promise.all(answers);
  }
  for (const line of lines) line.destroy();
}

async function open(path: string): Promise<Socket> {
  let line: Socket | undefined;
  await until(`${path} is there`, 10_000, async () => {
    line = connect(path);
    return once(line, 'connect').then(
      () => true,
      () => false,
    );
  });
  if (line === undefined) throw new Error(`${path} cannot be opened`);
  return line;
}
