import { describe, expect, test } from 'vitest';
import { tuning } from '../../src/balance/constants.ts';
import { policies } from '../../src/balance/policies/index.ts';
import { exitStatus } from '../../src/errors.ts';
import { simulateText } from '../../src/render/simulate-text.ts';
import { style } from '../../src/render/style.ts';
import { samplesPerHeader } from '../../src/simulate/recording/encode.ts';
import { balancedPoints } from '../../src/simulate/score/score.ts';
import { goneMs, mostGone } from '../../src/state/reconcile.ts';
import { oldestSampleMs } from '../../src/state/sample.ts';
import { commandLine, optionsIn, settingFacts } from './support/command-line.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';

const page = manPage('man/vcpusched.1');
const readme = read('README.md').replaceAll(/\s+/g, ' ');
const { commands, options } = commandLine();
const wordsOf = (text: string): readonly string[] => text.match(/[\w-]+/g) ?? [];

/** Options of virsh that the manual speaks of. */
const ofVirsh = ['--live', '--config', '--inactive', '--key', '--set', '--remove'];

describe('man/vcpusched.1', () => {
  test('explains every command, and none besides', () => {
    const explained = page.entries('COMMANDS').map(({ tag }) => tag.split(' ')[0]);
    expect(explained.toSorted()).toEqual(commands.toSorted());
  });

  test('says how long a cycle of watch may be', () => {
    const { text } = page.entries('COMMANDS').find(({ tag }) => tag.startsWith('watch')) ?? {};
    expect(text).toContain(`(${settingFacts('--interval').range})`);
  });

  test('explains every option with its short form, and none besides', () => {
    const explained = page.entries('OPTIONS').map(({ tag }) => tag.match(/(?<!\w)--?[a-zA-Z0-9-]+/g));
    const declared = options.map(({ short, long }) => (short === undefined ? [long] : [short, long]));
    expect(explained.toSorted()).toEqual(declared.toSorted());
  });

  test.each(options)('says whether $long takes a value, and which commands have it', (option) => {
    const entry = page.entries('OPTIONS').find(({ tag }) => optionsIn(tag).includes(option.long));
    expect(/[a-z0-9] [a-zA-Z=]+$/.test(entry?.tag ?? '')).toBe(option.takesValue);
    const ofCommands = /^\(([^)]*)\)/.exec(entry?.text ?? '')?.[1];
    expect(wordsOf(ofCommands ?? '').toSorted()).toEqual((option.commands ?? []).toSorted());
  });

  test.each(options)('says which values $long takes, and its default', (option) => {
    const { text = '' } =
      page.entries('OPTIONS').find(({ tag }) => optionsIn(tag).includes(option.long)) ?? {};
    const facts = settingFacts(option.long);
    if (facts.range !== undefined) expect(text).toMatch(new RegExp(`${facts.range}[.,]?( |$)`, 'i'));
    expect(wordsOf(text)).toEqual(expect.arrayContaining([...facts.choices]));
    if (facts.default !== undefined) expect(text).toMatch(new RegExp(`Default: ${facts.default} ?[.,]`));
  });

  test('speaks of no option that there is not', () => {
    const known = options.map(({ long }) => long);
    expect(optionsIn(page.text, ofVirsh).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('shows each command in the synopsis with its own options', () => {
    const synopsis = page.section('SYNOPSIS');
    for (const command of commands) {
      const line = new RegExp(`vcpusched ${command} .*?(?=vcpusched|$)`).exec(synopsis)?.[0] ?? '';
      const own = options.filter((option) => option.commands?.includes(command)).map(({ long }) => long);
      expect(optionsIn(line)).toEqual(own.toSorted());
    }
  });

  test('names every policy', () => {
    const entry = page.entries('OPTIONS').find(({ tag }) => tag.includes('--policy'));
    expect(wordsOf(entry?.text ?? '')).toEqual(expect.arrayContaining(Object.keys(policies)));
  });

  test('has the figures of the policy', () => {
    const text = page.section('POLICY');
    expect(text).toContain(`never narrower than ${tuning.minBandPoints} points`);
    expect(text).toContain(`standard deviation is at most ${tuning.maxDeviationPoints} points`);
    expect(text).toContain(`each pCPU is below ${tuning.idlePoints} %`);
    expect(text).toContain(`where the background is ${100 - tuning.minBandPoints} % or more`);
    expect(text).toContain(`${tuning.urgentPrices} times what its pins cost`);
    expect(text).toContain(`lasts for ${tuning.urgentPrices} cycles`);
    expect(text).toContain(`about ${2 / (1 + tuning.siblingWeight)} times the work of one`);
    expect(text).toContain(`${tuning.siblingWeight} of the load of each other thread`);
    const [high, target, low] = ['--high', '--target', '--low'].map((name) => settingFacts(name).default);
    expect(text).toContain(`thresholds ${high}, ${target} and ${low}`);
    expect(text).toContain(`M \\(mu${high}/${target}, has room below M \\(mu${low}/${target}`);
  });

  test('has the figures of what is saved and recorded', () => {
    expect(page.section('OPTIONS')).toContain(`at most ${oldestSampleMs / 60_000} minutes old`);
    const kept = `kept for ${goneMs / 86_400_000} days, for at most ${mostGone.toLocaleString('en')} vCPUs`;
    expect(page.section('RESTORE')).toContain(kept);
    expect(readme).toContain(`kept for ${goneMs / 86_400_000} days`);
    expect(page.section('COMMANDS')).toContain(`at most ${balancedPoints} points above the best`);
    expect(page.section('JSON OUTPUT')).toContain(`first within ${balancedPoints} points of the best`);
    expect(page.section('RECORDING FORMAT')).toContain('after every hundred samples');
    expect(samplesPerHeader).toBe(100);
  });

  test('explains every column of simulate', () => {
    const [heads = ''] = simulateText([], style(false, false)).split('\n');
    const explained = page.entries('COMMANDS').find(({ tag }) => tag.startsWith('simulate'))?.text ?? '';
    const columns = heads.split(/ {2,}/).filter((head) => !['', 'input', 'policy'].includes(head));
    expect(columns.length).toBeGreaterThan(8);
    expect(columns.filter((head) => !explained.includes(`${head} `))).toEqual([]);
  });

  test('documents every exit status, and none besides', () => {
    const documented = page.entries('EXIT STATUS').flatMap(({ tag }) => wordsOf(tag).map(Number));
    const ofSignals = [129, 130, 143];
    expect(documented).toEqual([...Object.values(exitStatus), ...ofSignals]);
  });
});
