import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, program, sim, until, virshSim } from '../support/sim.ts';

const script = await execa('script', ['--version'], { reject: false });
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';

/** `vcpusched top` at a terminal of its own: what it has written, and a way to press keys. */
async function atTerminal(scenario: string, line: (run: string) => string) {
  const { uri } = await sim(scenario);
  const folder = temporaryDirectory();
  const pidFile = join(folder, 'pid');
  const run = `sh -c 'echo $$ > ${pidFile}; exec ${process.execPath} ${program} top 0.3 -c ${uri} --virsh ${virshSim}'`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    VCPUSCHED_STATE_DIR: folder,
    ENV: '',
  };
  const terminal = execa('script', ['-qec', line(run), '/dev/null'], {
    env: { ...env, VCPUSCHED_CONFIG: '/dev/null', SHELL: '/bin/sh' },
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
  });
  let written = '';
  terminal.stdout.on('data', (text) => {
    written += String(text);
  });
  return {
    run,
    press: (keys: string) => terminal.stdin.write(keys),
    kill: (signal: NodeJS.Signals) => process.kill(Number(readFileSync(pidFile, 'utf8')), signal),
    /** until that text was written so many times */
    seen: (text: string, times = 1) => until(() => written.split(text).length > times),
    ended: async () => {
      await terminal;
      return written;
    },
  };
}

const host = `pcpus = 2\n${domains(3, 40, 0)}`;
const withStatus = (run: string) =>
  `${run}; echo "status $?"; stty -a | tr ' ;' '\\n\\n' | grep -x -- '-*icanon'`;

describe.skipIf(script.failed).concurrent('at a terminal', () => {
  test.each<[string, string]>([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
    ['F10', '\u001b[21~'],
  ])('%s ends it with the terminal as it was', async (_, key) => {
    const top = await atTerminal(host, withStatus);
    await top.seen('>guest-');
    top.press(key);
    const written = await top.ended();
    expect(written).toContain(enter);
    expect(written.slice(written.indexOf(leave))).toMatch(/^\S+\r?\n?status 0\r\nicanon\r\n$/);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('so does %s', async (signal) => {
    const top = await atTerminal(host, withStatus);
    await top.seen('>guest-');
    top.kill(signal);
    const written = await top.ended();
    expect(written.slice(written.indexOf(leave))).toMatch(/^\S+\r?\n?status 0\r\nicanon\r\n$/);
  });

  test('and what cannot go on, which is told on the screen from before', async () => {
    const top = await atTerminal(host, (run) => withStatus(run.replace(virshSim, '/nonexistent/virsh')));
    const written = await top.ended();
    expect(written.slice(written.indexOf(leave))).toMatch(
      /^\S+vcpusched: .*virsh.*\r\nstatus 69\r\nicanon\r\n$/,
    );
  });

  test('Ctrl-Z gives the terminal back, and fg takes it again', async () => {
    const top = await atTerminal(host, () => 'sh -i');
    top.press(`${top.run}\n`);
    await top.seen('>guest-');
    top.press('\u001a');
    await top.seen(leave);
    top.press('stty -a\n');
    await top.seen(' icanon');
    top.press('fg\n');
    await top.seen(enter, 2);
    await top.seen('>guest-', 2);
    top.press('q');
    await top.seen(leave, 2);
    top.press('exit\n');
    await top.ended();
  });

  test('only rows that have changed are written again', async () => {
    const top = await atTerminal(`pcpus = 2\n[[domains]]\nname = "idle"\ndemand = 0\n`, withStatus);
    await top.seen('\u001b[?2026l', 5);
    top.press('q');
    const [, , ...updates] = (await top.ended()).split('\u001b[?2026h');
    expect(updates.at(-1)?.split('\u001b[2K').length).toBeLessThan(4);
  });

  test('a name cannot command it', async () => {
    const top = await atTerminal(
      `pcpus = 2\n[[domains]]\nname = "a\\u001b]0;owned\\u0007\\u009b2J"\ndemand = 50\n`,
      withStatus,
    );
    await top.seen('owned');
    top.press('q');
    const written = await top.ended();
    expect(written).toContain('a\\u{1b}]0;owned');
    for (const command of ['\u001b]', '\u0007', '\u009b']) expect(written).not.toContain(command);
  });
});
