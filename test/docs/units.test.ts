import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exitStatus } from '../../src/exit-status.ts';

const read = (path: string) => readFileSync(new URL(`../../share/${path}`, import.meta.url), 'utf8');

/** The settings of a unit, by section; those that are given several times as one. */
function settingsOf(path: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const sections: Record<string, Record<string, string>> = {};
  let section = '';
  for (const line of read(path)
    .split('\n')
    .filter((each) => /^[^#\s]/.test(each))) {
    const [, head] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (head !== undefined) {
      section = head;
      continue;
    }
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    const before = sections[section]?.[key];
    sections[section] = { ...sections[section], [key]: before === undefined ? value : `${before} ${value}` };
  }
  return sections;
}

const service = settingsOf('systemd/vcpusched.service')['Service'] ?? {};
const once = settingsOf('systemd/vcpusched-once.service')['Service'] ?? {};

describe('the systemd units', () => {
  test('restart nothing that does not mend itself', () => {
    const { usage, data, busy, notPermitted } = exitStatus;
    expect(service['RestartPreventExitStatus']).toBe([usage, data, busy, notPermitted].join(' '));
  });

  test('confine both services alike', () => {
    const own = ['Type', 'ExecStart', 'TimeoutStartSec'];
    const ofDaemon = [
      'NotifyAccess',
      'ExecReload',
      'WatchdogSec',
      'Restart',
      'RestartSec',
      'RestartPreventExitStatus',
    ];
    const confinement = (settings: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(settings).filter(([key]) => ![...own, ...ofDaemon].includes(key)));
    expect(confinement(once)).toEqual(confinement(service));
    expect(confinement(service)).toHaveProperty('ProtectSystem', 'strict');
  });

  test('exclude each other', () => {
    expect(settingsOf('systemd/vcpusched-once.service')['Unit']).toHaveProperty(
      'Conflicts',
      'vcpusched.service',
    );
  });
});
