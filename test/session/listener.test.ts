import { expect, test } from 'vitest';
import { allOf, type Listener } from '../../src/session/listener.ts';

test('one that fails costs the others nothing, and is told when it fails anew', async () => {
  const heard: string[] = [];
  const failures: string[] = [];
  let message: string | undefined = 'full';
  const failing: Listener = {
    ended: () => {
      if (message !== undefined) throw new Error(message);
    },
  };
  const other: Listener = { ended: () => void heard.push('ended') };
  const { ended } = allOf([failing, other], (error) => void failures.push(String(error)));
  for (const next of ['full', 'full', undefined, 'full', 'gone']) {
    message = next;
    await ended();
  }
  expect(failures).toEqual(['Error: full', 'Error: full', 'Error: gone']);
  expect(heard).toHaveLength(5);
});
