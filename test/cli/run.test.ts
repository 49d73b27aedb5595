import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { policies } from '../../src/balance/policies/index.ts';
import { run } from '../../src/cli/run.ts';
import { readSettings, type Settings } from '../../src/config/settings.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { fakeContext } from '../support/fake-context.ts';

const { configuration: _, ...defaults } = readSettings({ config: '/dev/null' });

/** Runs a command line over commands that only note what they were called with. */
async function called(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { context, output } = fakeContext();
  const calls: [string, Partial<Settings>][] = [];
  const note = (name: string) => async () => async (settings: Settings) => {
    const { configuration: _, ...others } = settings;
    calls.push([name, others]);
    return exitStatus.done;
  };
  const verbs = {
    once: note('once'),
    watch: note('watch'),
    top: note('top'),
    plan: note('plan'),
    restore: note('restore'),
    pause: note('pause'),
    resume: note('resume'),
    history: note('history'),
    status: note('status'),
    explain: note('explain'),
    record: note('record'),
    simulate: note('simulate'),
    report: note('report'),
    doctor: note('doctor'),
    config: note('config'),
  };
  const status = await run(args, { VCPUSCHED_CONFIG: '/dev/null', ...env }, context, verbs);
  return { status, calls, ...output };
}

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

test('on several hosts, files have the name of the host, also where the settings are read again', async () => {
  const { context } = fakeContext();
  const files: (string | undefined)[] = [];
  const watch = async () => async (settings: Settings, own: typeof context) => {
    const again = await own.reloadSettings?.();
    files.push(settings.metricsFile, again?.metricsFile, settings.connect, again?.connect);
    return exitStatus.done;
  };
  const args = ['watch', '5', '-c', 'one', '-c', 'other', '--metrics-file', '/m/%h.prom'];
  await run(args, { VCPUSCHED_CONFIG: '/dev/null' }, context, { watch } as never);
  const of = (name: string) => [`/m/${name}.prom`, `/m/${name}.prom`, name, name];
  expect(files.toSorted()).toEqual([...of('one'), ...of('other')].toSorted());
});

describe('from the command line to the settings', () => {
  test.each<[string, string, Partial<Settings>]>([
    ['once', 'once', {}],
    ['plan', 'plan', {}],
    ['status', 'status', {}],
    ['restore', 'restore', {}],
    [
      'restore --domain x --dry-run --format shell',
      'restore',
      { domain: ['x'], dryRun: true, format: 'shell' },
    ],
    ['once --since-last --state-dir /s', 'once', { sinceLast: true, stateDir: '/s' }],
    [
      'watch 5 --restore-on-exit --foreign adopt',
      'watch',
      { interval: 5, restoreOnExit: true, foreign: 'adopt' },
    ],
    ['watch 5', 'watch', { interval: 5 }],
    ['watch 0.25 --cycles 3', 'watch', { interval: 0.25, cycles: 3 }],
    ['once -c qemu:///system', 'once', { connect: 'qemu:///system' }],
    ['once --connect qemu:///session', 'once', { connect: 'qemu:///session' }],
    ['once --connect=test:///default', 'once', { connect: 'test:///default' }],
    ['-c qemu:///system status', 'status', { connect: 'qemu:///system' }],
    ['once --virsh ./virsh --timeout 7.5', 'once', { virsh: './virsh', timeout: 7.5 }],
    ['once --timeout 1m --window 5s --cooldown 10m', 'once', { timeout: 60, window: 5, cooldown: 600 }],
    ['watch 2m', 'watch', { interval: 120 }],
    [
      'simulate t.csv --interval 10s --period 1m',
      'simulate',
      { inputs: ['t.csv'], interval: 10, period: 60 },
    ],
    ['once --policy other', 'once', { policy: 'other' }],
    ['once --high 95 --target 60 --low 40', 'once', { high: 95, target: 60, low: 40 }],
    ['once --thresholds absolute', 'once', { thresholds: 'absolute' }],
    ['once --policy stddev --sigma 2.5 --gap 20', 'once', { policy: 'stddev', sigma: 2.5, gap: 20 }],
    ['plan --place keep', 'plan', { place: 'keep' }],
    ['once --numa strict --granularity die', 'once', { numa: 'strict', granularity: 'die' }],
    ['once --l3 ignore --granularity l3', 'once', { l3: 'ignore', granularity: 'l3' }],
    ['watch 5 --until-balanced', 'watch', { interval: 5, untilBalanced: true }],
    ['once --domain web --domain db', 'once', { domain: ['web', 'db'] }],
    ['once --domain 007', 'once', { domain: ['007'] }],
    ['once --domain=0x10 --domain 1e3 --exclude 5', 'once', { domain: ['0x10', '1e3'], exclude: ['5'] }],
    [
      'once --capacity 4-5=0.6 --capacity=1=1',
      'once',
      {
        capacity: [
          { cpus: [4, 5], share: 0.6 },
          { cpus: [1], share: 1 },
        ],
      },
    ],
    ['once --domain=-x --exclude=--all', 'once', { domain: ['-x'], exclude: ['--all'] }],
    ['once --domain=-5 --exclude=-0x1', 'once', { domain: ['-5'], exclude: ['-0x1'] }],
    ['once --domain=a=b', 'once', { domain: ['a=b'] }],
    ['once --cpus 0-3,8', 'once', { cpus: [0, 1, 2, 3, 8] }],
    ['once --cpus 2', 'once', { cpus: [2] }],
    ['once --max-moves 4', 'once', { maxMoves: 4 }],
    ['once --max-rate 10 --cooldown 30', 'once', { maxRate: 10, cooldown: 30 }],
    ['once -q', 'once', { quiet: true }],
    ['once -v', 'once', { verbose: true }],
    ['once -qv --json', 'once', { quiet: true, verbose: true, json: true }],
    ['--json once --dry-run', 'once', { json: true, dryRun: true }],
    ['--dry-run once', 'once', { dryRun: true }],
    ['--max-moves=007 --detailed-exitcode plan', 'plan', { maxMoves: 7, detailedExitcode: true }],
    ['watch --until-balanced 5', 'watch', { interval: 5, untilBalanced: true }],
    ['once --quiet --verbose --debug', 'once', { quiet: true, verbose: true, debug: true }],
    ['once --color never', 'once', { color: 'never' }],
    ['once --window 0.5', 'once', { window: 0.5 }],
    ['plan --window 3 --format shell', 'plan', { window: 3, format: 'shell' }],
    ['plan --format json --detailed-exitcode', 'plan', { format: 'json', detailedExitcode: true }],
    ['status --window 1', 'status', { window: 1 }],
    ['top', 'top', { interval: 2 }],
    ['top 1 --cycles 3', 'top', { interval: 1, cycles: 3 }],
    ['status --pcpu 0-2 --sort load --summary', 'status', { pcpu: [0, 1, 2], sort: 'load', summary: true }],
    ['once --high 80 --high 95', 'once', { high: 95 }],
    ['once --no-json', 'once', {}],
    ['watch -- 5', 'watch', { interval: 5 }],
    ['explain 007 --window 5', 'explain', { subject: '007', window: 5 }],
    ['record day.gz', 'record', { file: 'day.gz' }],
    ['simulate a.toml 007 --seed 3', 'simulate', { inputs: ['a.toml', '007'], seed: 3 }],
    ['simulate a.toml --report 1.html', 'simulate', { inputs: ['a.toml'], report: '1.html' }],
    [
      'simulate t.csv --vms 64 --pcpus 8 --period 30 --scale 0.6 --jitter 0.1 --interval 5 --jobs 2',
      'simulate',
      { inputs: ['t.csv'], vms: 64, pcpus: 8, period: 30, scale: 0.6, jitter: 0.1, interval: 5, jobs: 2 },
    ],
    [
      'simulate x --sweep high=80,90 --sweep low=60',
      'simulate',
      { inputs: ['x'], sweep: ['high=80,90', 'low=60'] },
    ],
    ['doctor', 'doctor', {}],
    ['config show', 'config', { action: 'show' }],
    ['config check', 'config', { action: 'check' }],
    ['config check my.toml', 'config', { action: 'check', config: 'my.toml' }],
    ['config check --config my.toml', 'config', { action: 'check', config: 'my.toml' }],
    ['record 007 --every 1m --for 1.5h', 'record', { file: '007', every: 60, for: 5400 }],
    ['record x --every 0.5 --max-size 500M', 'record', { file: 'x', every: 0.5, maxSize: 500 * 2 ** 20 }],
  ])('vcpusched %s', async (line, command, settings) => {
    const { calls, status } = await called(words(line));
    expect(calls).toEqual([[command, { ...defaults, ...settings }]]);
    expect(status).toBe(0);
  });

  test.each([
    [{ VCPUSCHED_VIRSH: '/opt/virsh' }, 'once', '/opt/virsh'],
    [{ VCPUSCHED_VIRSH: '/opt/virsh' }, 'once --virsh ./mine', './mine'],
    [{ VCPUSCHED_VIRSH: '' }, 'once', 'virsh'],
  ])('with %j, vcpusched %s runs %s', async (env, line, virsh) => {
    expect((await called(words(line), env)).calls).toEqual([['once', { ...defaults, virsh }]]);
  });
});

describe('what makes no sense', () => {
  const percent = 'a number above 0, at most 100 is wanted';
  const time = 'a time such as 5s, 2m or 1h, from 0.001, at most 1d, is wanted';
  const verbs =
    'once, watch, plan, restore, pause, resume, history, status, top, explain, record, simulate, report, doctor, config, completion and help are the commands';

  test.each<[readonly string[], string]>([
    [[], `no command given: ${verbs}; 'vcpusched --help' shows the usage`],
    [['frobnicate'], `unknown command 'frobnicate': ${verbs}; 'vcpusched --help' shows the usage`],
    [['--json'], `no command given: ${verbs}; 'vcpusched --help' shows the usage`],
    [[''], `unknown command '': ${verbs}; 'vcpusched --help' shows the usage`],
    [['7'], `unknown command '7': ${verbs}; 'vcpusched --help' shows the usage`],
    [['help', 'frobnicate'], `unknown command 'frobnicate': ${verbs}; 'vcpusched --help' shows the usage`],
    [['--frob'], "unknown option '--frob'; 'vcpusched --help' shows the usage"],
    [['Once'], "unknown command 'Once'; did you mean once?"],
    [['wacth', '5'], "unknown command 'wacth'; did you mean watch?"],
    [['help', 'stauts'], "unknown command 'stauts'; did you mean status?"],
    [['once', '--dry-runs'], "unknown option '--dry-runs'; did you mean --dry-run?"],
    [['once', '--Quiet'], "unknown option '--Quiet'; did you mean --quiet?"],
    [['plan', '--max-move=4'], "unknown option '--max-move'; did you mean --max-moves?"],
    [['completion', 'csh'], "completion <shell>: bash, zsh, fish are the choices, not 'csh'"],
  ])('vcpusched %j', async (args, message) => {
    await expect(called(args)).rejects.toThrow(expect.objectContaining({ status: 64, message }));
  });

  test.each<[readonly [string, ...string[]], string]>([
    [['once', 'twice'], "'twice' is one argument too many for 'once'"],
    [['watch', '5', '6'], "'6' is one argument too many for 'watch'"],
    [['once', '--', '--json'], "'--json' is one argument too many for 'once'"],
    [['watch'], "'watch <interval>' needs <interval>"],
    [['record'], "'record <file>' needs <file>"],
    [['explain'], "'explain <domain>' needs <domain>"],
    [['simulate'], "'simulate <input>...' needs <input>"],
    [['config'], "'config <action> [file]' needs <action>"],
    [['config', 'show', 'a', 'b'], "'b' is one argument too many for 'config'"],
    [['record', 'a', 'b'], "'b' is one argument too many for 'record'"],
    [['watch', '5', '--every', '1'], "unknown option '--every'"],
    [['once', '--frob'], "unknown option '--frob'"],
    [['once', '--frob=7'], "unknown option '--frob'"],
    [['once', '-x'], "unknown option '-x'"],
    [['watch', '-5'], "unknown option '-5'"],
    [['once', '--cycles', '3'], "unknown option '--cycles'"],
    [['plan', '--dry-run'], "unknown option '--dry-run'"],
    [['status', '--format', 'json'], "unknown option '--format'"],
    [['watch', '5', '--window', '1'], "unknown option '--window'"],
    [['completion'], "'completion <shell>' needs <shell>"],
    [['help', 'once', 'twice'], "'twice' is one argument too many for 'help'"],
    [['once', '--domain.x', 'y'], "unknown option below '--domain'"],
    [['once', '--high'], '--high needs a value'],
    [['once', '--domain'], '--domain needs a value'],
    [['once', '--no-domain'], '--domain needs a value'],
    [['once', '--no-high'], '--high needs a value'],
    [['once', '--domain', '-x'], '--domain needs a value'],
    [['once', '--dry-run=yes'], '--dry-run takes no value'],
    [['once', '--json=1'], '--json takes no value'],
  ])('vcpusched %j', async (args, message) => {
    const usage = `${message}; 'vcpusched ${args[0]} --help' shows the usage`;
    await expect(called(args)).rejects.toThrow(expect.objectContaining({ status: 64, message: usage }));
  });

  test.each<[readonly string[], string]>([
    [['once', '--high', 'x'], `--high: ${percent}, not 'x'`],
    [['once', '--high', '0x50'], `--high: ${percent}, not '0x50'`],
    [['once', '--high='], `--high: ${percent}, not ''`],
    [['once', '--high=-5'], `--high: ${percent}, not '-5'`],
    [['once', '--domain='], '--domain: a pattern is missing'],
    [['watch', ''], `the interval: ${time}, not ''`],
    [['watch', '0'], `the interval: ${time}, not '0'`],
    [['watch', '--', '-5'], `the interval: ${time}, not '-5'`],
    [['watch', '86401'], `the interval: ${time}, not '86401'`],
    [['watch', '1e2'], `the interval: ${time}, not '1e2'`],
    [['explain', ''], 'explain <domain>: the name, the UUID or a pattern of a domain is missing'],
    [['record', ''], 'record <file>: the name of a file is missing'],
    [['config', 'chekc'], "config <action>: check, show are the choices, not 'chekc'"],
    [['watch', 'soon'], `the interval: ${time}, not 'soon'`],
  ])('vcpusched %j', async (args, message) => {
    await expect(called(args)).rejects.toThrow(expect.objectContaining({ status: 64, message }));
  });
});

test.each([['--version'], ['-V'], ['once', '--version']])('vcpusched %s', async (...args) => {
  const { calls, status, out } = await called(args);
  expect({ calls, status, out: out() }).toEqual({ calls: [], status: 0, out: `vcpusched ${pkg.version}\n` });
});

test('a policy that there is not', async () => {
  const { context } = fakeContext();
  await expect(
    run(['once', '--policy', 'toString'], { VCPUSCHED_CONFIG: '/dev/null' }, context),
  ).rejects.toMatchObject({
    status: 64,
    message: `--policy: there is no 'toString', but ${Object.keys(policies).join(', ')}`,
  });
});
