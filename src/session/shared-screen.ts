import type { Screen, ScreenUser } from './screen.ts';

type OpenScreen = (user: ScreenUser) => Promise<Screen>;

/**
 * One terminal for several hosts, of which one is shown at a time, below a line that names it: `>` and `<` choose the next
 * and the one before, and all other keys are for it.
 * @param title the line above a host, by its place from 0
 * @returns what opens the screen of a host; the terminal is taken with the first and given back with the last
 */
export function sharedScreen(
  openScreen: OpenScreen,
  title: (place: number) => string,
): (place: number) => OpenScreen {
  const users = new Map<number, ScreenUser>();
  const rowsOf = new Map<number, readonly string[]>();
  let shownPlace: number | undefined;
  let terminal: Promise<Screen> | undefined;

  const draw = (screen: Screen) => {
    if (shownPlace !== undefined) screen.show([title(shownPlace), ...(rowsOf.get(shownPlace) ?? [])]);
  };
  const choose = (step: number, screen: Screen) => {
    const places = [...users.keys()].sort((a, b) => a - b);
    const at = places.indexOf(shownPlace ?? -1);
    shownPlace = places.at((at + step) % places.length) ?? shownPlace;
    if (shownPlace !== undefined) users.get(shownPlace)?.onResize();
    draw(screen);
  };
  const take = () => {
    const taken: Promise<Screen> = openScreen({
      onKey: (key) => {
        if (key === '>' || key === '<') void taken.then((screen) => choose(key === '>' ? 1 : -1, screen));
        else if (shownPlace !== undefined) users.get(shownPlace)?.onKey(key);
      },
      onResize: () => {
        if (shownPlace !== undefined) users.get(shownPlace)?.onResize();
      },
    });
    return taken;
  };

  return (place) => async (user) => {
    terminal ??= take();
    const screen = await terminal;
    users.set(place, user);
    shownPlace = Math.min(place, shownPlace ?? place);
    return {
      size: () => {
        const { columns, rows } = screen.size();
        return { columns, rows: Math.max(1, rows - 1) };
      },
      show: (rows) => {
        rowsOf.set(place, rows);
        if (place === shownPlace) draw(screen);
      },
      close: () => {
        users.delete(place);
        rowsOf.delete(place);
        if (users.size === 0) screen.close();
        else if (place === shownPlace) choose(1, screen);
      },
    };
  };
}
