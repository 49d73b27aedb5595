import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Screen, ScreenUser } from './session/screen.ts';

/**
 * Takes the terminal of this process: raw keys and the alternate screen. It is given back on `close`, where the process
 * ends otherwise, and while it is stopped.
 * A few escape sequences and Node's own reader of keys do: of the libraries, Ink and log-update need a newer Node, blessed
 * is not maintained, and terminal-kit brings an image reader.
 * @param stdin undefined where it is no terminal: then there are no keys
 */
export function takeTerminal(
  stdout: WriteStream,
  stdin: ReadStream | undefined,
  { onKey, onResize }: ScreenUser,
): Screen {
  let drawn: readonly string[] = [];
  let isOpen = true;

  const enter = () => {
    drawn = [];
    stdin?.setRawMode(true);
    stdin?.resume();
    stdout.write(enterScreen);
  };
  const leave = () => {
    stdout.write(leaveScreen);
    stdin?.setRawMode(false);
    stdin?.pause();
  };
  const redraw = () => {
    drawn = [];
    stdout.write(clear);
    onResize();
  };
  // Ctrl-Z, and `kill -TSTP`: the shell is to find its terminal as it was.
  const stop = () => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = () => {
    enter();
    onResize();
  };
  const pressed = (text: string | undefined, key: Key) => {
    const name = nameOf(text, key);
    if (name === 'ctrl-z') process.kill(0, 'SIGTSTP');
    else if (name === 'ctrl-l') redraw();
    else if (name !== undefined) onKey(name);
  };
  const gone = () => onKey('ctrl-c');

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', close).off('SIGTSTP', stop).off('SIGCONT', resume);
    stdout.off('resize', redraw);
    stdin?.off('keypress', pressed).off('end', gone);
    leave();
  };

  process.on('exit', close).on('SIGTSTP', stop).on('SIGCONT', resume);
  stdout.on('resize', redraw);
  if (stdin !== undefined) {
    emitKeypressEvents(stdin);
    // A terminal that has gone says so here, too.
    stdin.on('keypress', pressed).on('end', gone).on('error', gone);
  }
  enter();
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    show: (rows) => {
      const text = difference(drawn, rows);
      drawn = rows;
      if (text !== '' && isOpen) stdout.write(`${startUpdate}${text}${endUpdate}`);
    },
    close,
  };
}

/** What makes the screen show other rows: each that has changed is erased and written. */
function difference(drawn: readonly string[], rows: readonly string[]): string {
  return rows.map((row, i) => (row === drawn[i] ? '' : `\x1b[${i + 1};1H\x1b[2K${row}`)).join('');
}

function nameOf(text: string | undefined, { name, ctrl, meta }: Key): string | undefined {
  if (ctrl === true) return `ctrl-${name}`;
  if (meta === true && name !== 'escape') return undefined;
  if (text !== undefined && /^[^\p{C}]+$/u.test(text)) return text;
  return name === 'return' ? 'enter' : name;
}

// xterm's names: 1049 the alternate screen, 25 the cursor, 7 lines that wrap, 2026 an update that is shown as a whole.
const clear = '\x1b[2J';
const enterScreen = `\x1b[?1049h\x1b[?25l\x1b[?7l${clear}`;
const leaveScreen = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const startUpdate = '\x1b[?2026h';
const endUpdate = '\x1b[?2026l';
