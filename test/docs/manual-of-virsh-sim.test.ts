import type * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { exitStatus } from '../../src/exit-status.ts';
import { mostSeconds, mostVcpus } from '../../src/simulate/limits.ts';
import { parseScenario } from '../../src/simulate/scenario/parse-scenario.ts';
import { scenarioSchema } from '../../src/simulate/scenario/schema.ts';
import { faultNames } from '../../src/simulate/virsh/faults.ts';
import { findCommand } from '../../src/simulate/virsh/find-command.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';

const path = 'man/virsh-sim.1';
const page = manPage(path);
const wordsOf = (text: string): readonly string[] => text.match(/[a-z][a-z0-9]*(-[a-z]+)*/g) ?? [];
const tagged = (section: string): readonly string[] =>
  page.entries(section).flatMap(({ tag }) => wordsOf(tag));

describe('man/virsh-sim.1', () => {
  test('explains every key of a scenario', () => {
    const { entries } = scenarioSchema;
    expect(tagged('SCENARIOS')).toEqual(
      expect.arrayContaining([...Object.keys(entries), ...Object.keys(entries.domains.item.entries)]),
    );
    const lists = [entries.background, entries.events, entries.partitions].map(({ wrapped }) => wrapped.item);
    const inside = [entries.topology.wrapped, ...lists];
    const keys = inside.flatMap((table) => Object.keys(table.entries));
    expect(wordsOf(page.section('SCENARIOS'))).toEqual(expect.arrayContaining(keys));
  });

  test('says which keys are needed, and the defaults', () => {
    const { entries } = scenarioSchema;
    const all: Readonly<Record<string, v.GenericSchema>> = { ...entries, ...entries.domains.item.entries };
    const told = page.entries('SCENARIOS');
    expect(page.section('SCENARIOS')).toContain(`at most ${mostSeconds} (${mostSeconds / 86_400} days)`);
    expect(page.section('SCENARIOS')).toContain(`at most ${mostVcpus} vCPUs`);
    const needed = told.filter(({ text }) => text.includes('Required.')).map(({ tag }) => tag);
    const isNeeded = (key: string) => all[key]?.type !== 'optional';
    expect(needed).toEqual(Object.keys(all).filter(isNeeded));
    const defaults = told.flatMap(({ tag, text }) => {
      const value = /Default: '?(.*?)'? ?\.( |$)/.exec(text)?.[1];
      return value === undefined ? [] : [[tag, value]];
    });
    const plain = ['number', 'string', 'boolean'];
    const isPlain = ([key, { default: value }]: [string, Defaulted]) =>
      plain.includes(typeof value) && key !== 'vcpupin';
    const wanted = Object.entries(all as Readonly<Record<string, Defaulted>>).filter(isPlain);
    expect(wanted.length).toBeGreaterThan(10);
    expect(defaults).toEqual(wanted.map(([key, { default: value }]) => [key, String(value)]));
  });

  test('names every fault, and none besides', () => {
    expect(page.entries('FAULTS').map(({ tag }) => tag.split('=')[0])).toEqual([...faultNames]);
  });

  test('names commands that there are', () => {
    const ofVirsh = /Of virsh (.*?) do what/.exec(page.section('COMMANDS'))?.[1] ?? '';
    const named = wordsOf(ofVirsh).filter((word) => word !== 'and');
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => findCommand(name) === undefined)).toEqual([]);
    expect(findCommand('demand') && findCommand('pcpu')).toBeDefined();
  });

  test('documents the exit statuses', () => {
    const documented = page.entries('EXIT STATUS').map(({ tag }) => Number(tag));
    expect(documented).toEqual([exitStatus.done, exitStatus.failed, exitStatus.usage, exitStatus.data]);
  });

  test('shows a scenario that can be read', () => {
    const example = /^\$ cat office\.toml\n(.*?)^\.EE/ms.exec(read(path))?.[1] ?? '';
    const { domains, events } = parseScenario('office.toml', example.replaceAll('\\-', '-'));
    expect([domains.length, events.length]).toEqual([2, 1]);
  });
});

type Defaulted = v.GenericSchema & { readonly default?: unknown };
