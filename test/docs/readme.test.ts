import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { tuning } from '../../src/balance/tuning.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { commandLine, optionsIn, settingFacts } from './support/command-line.ts';
import { examplesIn } from './support/examples.ts';
import { read } from './support/project.ts';

const readme = read('README.md');
const { commands, options } = commandLine();
const typed = examplesIn(readme)
  .flat()
  .flatMap((example) => example.commands);

/** Options of virsh, npm and systemctl. */
const ofOthers = ['--cpulist', '--live', '--name', '--now', '--uuid', '--vcpu'];

describe('README.md', () => {
  test.each(commands)('shows what %s prints', (command) => {
    expect(typed.some((line) => line.startsWith(`vcpusched ${command}`))).toBe(true);
  });

  test('speaks of no command that there is not', () => {
    const spoken = [...readme.matchAll(/`vcpusched ([a-z]+)/g)].map(([, name]) => name);
    expect(spoken.filter((name) => !commands.some((each) => each === name))).toEqual([]);
  });

  test('speaks of no option that there is not', () => {
    const known = options.map(({ long }) => long);
    expect(optionsIn(readme, ofOthers).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('has the figures of the default policy', () => {
    const text = readme.replaceAll(/\s+/g, ' ');
    const [high, target, low] = ['--high', '--target', '--low'].map((name) => settingFacts(name).default);
    expect(text).toContain(`\`--high ${high} --target ${target} --low ${low}\` are proportions`);
    expect(text).toContain(`above _M_ × ${high}/${target} and has room below _M_ × ${low}/${target}`);
    expect(text).toContain(`standard deviation is at most ${tuning.maxDeviationPoints} points`);
    expect(text).toContain(`every pCPU is below ${tuning.idlePoints} %`);
    expect(text).toContain('Measures for two seconds');
    expect(settingFacts('--window').default).toBe('2');
  });

  test('names every policy', () => {
    expect(Object.keys(policies).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test('lists every exit status', () => {
    const listed = [...readme.matchAll(/^\| ([\d, ]+?) +\|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    expect(listed.map(Number)).toEqual([...Object.values(exitStatus), 129, 130, 143]);
  });
});
