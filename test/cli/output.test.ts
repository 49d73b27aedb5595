import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, program, sim, virshSim } from '../support/sim.ts';

const many = () => sim(`pcpus = 4\n${domains(200, 1, 'in-turn')}`);
const few = () => sim(`pcpus = 4\n${domains(4, 20, 'in-turn')}`);

/** In a shell where $run is the program on this host. */
async function shell(uri: string, script: string, env: Record<string, string> = {}) {
  const run = `${process.execPath} ${program} -c ${uri} --virsh ${virshSim} --window 0.2`;
  const bare = { PATH: process.env['PATH'], VCPUSCHED_STATE_DIR: temporaryDirectory(), run, ...env };
  return execa('sh', ['-c', script], { env: bare, extendEnv: false, reject: false });
}

describe.concurrent('output that nobody reads to its end', () => {
  test.each(['status', 'plan --json'])('%s | head', async (command) => {
    const { uri } = await many();
    const script = `{ $run ${command}; echo "status $?" >&2; } | head -c 10`;
    const { stdout, stderr } = await shell(uri, script);
    expect(stdout).toHaveLength(10);
    expect(stderr).toBe('status 0');
  });

  test('all of it arrives in a pipe', async () => {
    const { uri } = await many();
    const { stdout } = await shell(uri, '$run status --json | cat');
    expect((JSON.parse(stdout) as { vcpus: unknown[] }).vcpus).toHaveLength(200);
  });

  test.each(['status', 'once -v'])('a full disk fails %s with its reason', async (command) => {
    const { uri } = await many();
    const { stderr } = await shell(uri, `$run ${command} >/dev/full; echo "status $?" >&2`);
    // What was moved is told too: on a busy machine the simulated host is not quite even.
    expect(stderr.replaceAll(/^guest-\d+ vCPU 0, .+\n/gm, '')).toMatch(
      /^vcpusched: cannot write the result: .*ENOSPC.*\nstatus 1$/,
    );
  });
});

test.concurrent.each([
  ['once --frobnicate', 64],
  ['watch 0.3 --cycles 2 -v', 0],
])('a full disk for the messages of %s changes nothing', async (command, status) => {
  const { uri } = await few();
  const { stdout } = await shell(uri, `\${run% --window*} ${command} 2>/dev/full; echo "status $?"`);
  expect(stdout).toMatch(new RegExp(`status ${status}$`));
});

test.concurrent('without a terminal there is no colour, unless it is asked for', async () => {
  const { uri } = await few();
  const { stdout } = await shell(uri, '$run status; echo; $run status --color always');
  const [plain, dressed] = stdout.split('\n\npCPU');
  expect(plain).not.toContain('\u001b');
  expect(dressed).toContain('\u001b[32m');
});

const script = await execa('script', ['--version'], { reject: false });

describe.skipIf(script.failed).concurrent('at a terminal', () => {
  const dressed = async (env: Record<string, string>, args = '') => {
    const { uri } = await few();
    const command = `script -qec "$run status ${args}" /dev/null`;
    const { stdout } = await shell(uri, command, { TERM: 'xterm', ...env });
    expect(stdout).toContain('guest-1 ');
    return stdout.includes('\u001b[');
  };

  test.each<[string, Record<string, string>, string, boolean]>([
    ['there is colour', {}, '', true],
    ['NO_COLOR is heeded', { NO_COLOR: '1' }, '', false],
    ['an empty NO_COLOR is none', { NO_COLOR: '' }, '', true],
    ['a dumb terminal has none', { TERM: 'dumb' }, '', false],
    ['--color never', {}, '--color never', false],
    ['--color always outdoes NO_COLOR', { NO_COLOR: '1' }, '--color always', true],
  ])('%s', async (_, env, args, colour) => {
    expect(await dressed(env, args)).toBe(colour);
  });

  test.each(['60', '80'])('COLUMNS %s is its width', async (COLUMNS) => {
    const { uri } = await sim(
      'pcpus = 2\n[[domains]]\nname = "a-name-that-is-too-long-for-a-terminal"\ndemand = 50\n',
    );
    const { stdout } = await shell(uri, 'script -qec "$run status" /dev/null', { TERM: 'dumb', COLUMNS });
    const [table = ''] = stdout.replaceAll('\r', '').split('\n\n');
    expect(table).toContain(' a-name');
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Number(COLUMNS));
  });
});
