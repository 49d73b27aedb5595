import { expect, test } from 'vitest';
import type { ScreenUser } from '../../src/session/screen.ts';
import { sharedScreen } from '../../src/session/shared-screen.ts';

/** A terminal of 80 × 24 that three hosts share; each says what it hears. */
async function three() {
  const shown: (readonly string[])[] = [];
  const heard: string[] = [];
  let taken = 0;
  let closed = 0;
  let user: ScreenUser | undefined;
  const open = sharedScreen(
    async (given) => {
      taken++;
      user = given;
      return {
        size: () => ({ columns: 80, rows: 24 }),
        show: (rows) => void shown.push(rows),
        close: () => {
          closed++;
        },
      };
    },
    (place) => `host ${place}`,
  );
  const screens = await Promise.all(
    [0, 1, 2].map((place) =>
      open(place)({
        onKey: (key) => void heard.push(`${place}:${key}`),
        onResize: () => void heard.push(`${place}:resize`),
      }),
    ),
  );
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) {
      user?.onKey(key);
      await Promise.resolve();
    }
  };
  return { screens, shown, heard, press, user: () => user, counts: () => ({ taken, closed }) };
}

test('one host is shown at a time, below its name, and keys are for it', async () => {
  const { screens, shown, heard, press, user, counts } = await three();
  for (const [place, screen] of screens.entries()) screen.show([`loads of ${place}`]);
  expect(shown).toEqual([['host 0', 'loads of 0']]);
  await press('s', '>', 's', '<', '<', 's');
  expect(heard).toEqual(['0:s', '1:resize', '1:s', '0:resize', '2:resize', '2:s']);
  expect(shown.at(-1)).toEqual(['host 2', 'loads of 2']);
  user()?.onResize();
  expect(heard.at(-1)).toBe('2:resize');
  expect([screens[0]?.size(), counts()]).toEqual([
    { columns: 80, rows: 23 },
    { taken: 1, closed: 0 },
  ]);
});

test('a host that ends makes room for the next, and the last one gives the terminal back', async () => {
  const { screens, shown, press, counts } = await three();
  for (const [place, screen] of screens.entries()) screen.show([`loads of ${place}`]);
  screens[0]?.close();
  expect(shown.at(-1)).toEqual(['host 1', 'loads of 1']);
  await press('>', '>');
  expect(shown.at(-1)).toEqual(['host 1', 'loads of 1']);
  screens[2]?.close();
  expect(counts()).toEqual({ taken: 1, closed: 0 });
  screens[1]?.close();
  expect(counts()).toEqual({ taken: 1, closed: 1 });
});
