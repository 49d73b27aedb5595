import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { policies } from '../../src/balance/policies/index.ts';
import { tuning } from '../../src/balance/tuning.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { simulateText } from '../../src/render/simulate-text.ts';
import { style } from '../../src/render/style.ts';
import { samplesPerHeader } from '../../src/simulate/recording/encode.ts';
import { balancedPoints } from '../../src/simulate/score/score.ts';
import { goneMs, mostGone } from '../../src/state/reconcile.ts';
import { oldestSampleMs } from '../../src/state/sample.ts';
import { commandLine, optionsIn, settingFacts } from './support/command-line.ts';
import { describedOptions, overviewWithDeclared, textOf, withDeclared } from './support/generated-manual.ts';
import { manPage } from './support/man-page.ts';
import { read, root } from './support/project.ts';

const page = (name: string) => manPage(`man/${name}`);
const readme = read('README.md').replaceAll(/\s+/g, ' ');
const { verbs, options } = commandLine();
const wordsOf = (text: string): readonly string[] => text.match(/[\w-]+/g) ?? [];
const pages = readdirSync(join(root, 'man'));
const ofCommands = verbs.map((command) => ({ command, name: `vcpusched-${command}.1` }));

const ofSignals = [129, 130, 143];

/** Options of virsh that the manual speaks of. */
const ofVirsh = ['--live', '--config', '--inactive', '--key', '--set', '--remove'];

describe('the pages', () => {
  test('are one for each command, and all in the package', () => {
    expect(pages).toEqual(expect.arrayContaining(ofCommands.map(({ name }) => name)));
    expect(pkg.man.toSorted()).toEqual(pages.map((name) => `man/${name}`).toSorted());
  });

  test.each(ofCommands)(
    '$name has the synopsis and the options that are declared',
    async ({ command, name }) => {
      await expect(withDeclared(read(`man/${name}`), command)).toMatchFileSnapshot(join(root, 'man', name));
    },
  );

  test('vcpusched.1 has the commands and the common options that are declared', async () => {
    const path = join(root, 'man/vcpusched.1');
    await expect(overviewWithDeclared(read('man/vcpusched.1'))).toMatchFileSnapshot(path);
  });

  test.each(ofCommands)('$name has every section', ({ name }) => {
    const titles = [...read(`man/${name}`).matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
    const wanted = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXAMPLES', 'DIAGNOSTICS'];
    expect(titles).toEqual([...wanted, '"EXIT STATUS"', '"SEE ALSO"']);
  });

  test.each(ofCommands)('$name tells of exit statuses that there are', ({ name }) => {
    const told = page(name)
      .entries('EXIT STATUS')
      .flatMap(({ tag }) => tag.match(/\d+/g) ?? []);
    expect(told[0]).toBe('0');
    const known = [...Object.values(exitStatus), ...ofSignals].map(String);
    expect(told.filter((status) => !known.includes(status))).toEqual([]);
  });

  test.each(pages)('%s refers to pages and options that there are', (name) => {
    const { text } = page(name);
    const references = [...text.matchAll(/\b(v(?:cpusched|irsh-sim)[\w.-]*) ?\((\d)\)/g)];
    expect(references.length).toBeGreaterThan(0);
    const missing = references.filter(([, of, section]) => !pages.includes(`${of}.${section}`));
    expect(missing.map(([reference]) => reference)).toEqual([]);
    const known = [...options.map(({ long }) => long), ...ofVirsh];
    if (name !== 'virsh-sim.1')
      expect(optionsIn(text).filter((option) => !known.includes(option))).toEqual([]);
  });
});

describe('src/options/options.roff', () => {
  test('describes every option, and none besides', () => {
    const described = describedOptions.filter((name) => name !== 'introduction');
    expect(described.toSorted()).toEqual(options.map(({ long }) => long).toSorted());
  });

  test.each(options)(
    'has a place for the range and the default of $long, and names what it takes',
    ({ long }) => {
      const facts = settingFacts(long);
      expect(textOf(long).includes('{range}')).toBe(facts.range !== undefined);
      expect(textOf(long).includes('{default}')).toBe(facts.default !== undefined);
      const choices = long === '--policy' ? Object.keys(policies) : facts.choices;
      const written = textOf(long).replace('{default}', facts.default ?? '');
      expect(wordsOf(written)).toEqual(expect.arrayContaining([...choices]));
    },
  );

  test('says how long a cycle of watch may be, as vcpusched-watch.1 does', () => {
    expect(page('vcpusched-watch.1').section('DESCRIPTION')).toContain(
      `(${settingFacts('--interval').range})`,
    );
  });
});

describe('the figures', () => {
  test('vcpusched-policy.7 has those of the policy', () => {
    const text = page('vcpusched-policy.7').section('POLICY');
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

  test('the pages have those of what is saved and recorded', () => {
    expect(textOf('--since-last').replaceAll('\n', ' ')).toContain(
      `at most ${oldestSampleMs / 60_000} minutes old`,
    );
    const kept = `stay saved for ${goneMs / 86_400_000} days, for at most ${mostGone.toLocaleString('en')} vCPUs`;
    expect(page('vcpusched-restore.1').section('DESCRIPTION')).toContain(kept);
    expect(readme).toContain(`stay saved for ${goneMs / 86_400_000} days`);
    const simulate = page('vcpusched-simulate.1').section('DESCRIPTION');
    expect(simulate).toContain(`at most ${balancedPoints} points above the best`);
    const json = page('vcpusched-json.7').section('OBJECT OF SIMULATE');
    expect(json).toContain(`first within ${balancedPoints} points of the best`);
    expect(page('vcpusched-recording.5').section('KINDS OF LINES')).toContain('after every hundred samples');
    expect(samplesPerHeader).toBe(100);
  });

  test('vcpusched-simulate.1 explains every column', () => {
    const [heads = ''] = simulateText([], style(false, false)).split('\n');
    const explained = page('vcpusched-simulate.1').section('DESCRIPTION');
    const columns = heads.split(/ {2,}/).filter((head) => !['', 'input', 'policy'].includes(head));
    expect(columns.length).toBeGreaterThan(8);
    expect(columns.filter((head) => !explained.includes(`${head} `))).toEqual([]);
  });

  test('vcpusched.1 documents every exit status, and none besides', () => {
    const documented = page('vcpusched.1')
      .entries('EXIT STATUS')
      .flatMap(({ tag }) => wordsOf(tag).map(Number));
    expect(documented).toEqual([...Object.values(exitStatus), ...ofSignals]);
  });
});
