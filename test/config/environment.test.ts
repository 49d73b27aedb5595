import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';

test('variables of others are not looked at', () => {
  expect(readEnvironment({ PATH: '/bin', VCPU: 'x', vcpusched_high: '1' })).toEqual({
    raw: {},
    sources: {},
    warnings: [],
  });
});

describe('what a variable sets', () => {
  test.each([
    ['VCPUSCHED_CONNECT', 'qemu:///system', 'connect', 'qemu:///system'],
    ['VCPUSCHED_MAX_MOVES', '4', 'maxMoves', '4'],
    ['VCPUSCHED_CONFIG', 'my.toml', 'config', 'my.toml'],
    ['VCPUSCHED_DOMAIN', ' web-* db ', 'domain', ['web-*', 'db']],
    ['VCPUSCHED_QUIET', '1', 'quiet', true],
    ['VCPUSCHED_QUIET', 'Yes', 'quiet', true],
    ['VCPUSCHED_VERBOSE', 'true', 'verbose', true],
    ['VCPUSCHED_VERBOSE', 'off', 'verbose', false],
    ['VCPUSCHED_VERBOSE', '0', 'verbose', false],
  ])('%s=%s', (variable, value, key, typed) => {
    const source = { kind: 'environment', variable };
    const expected = { raw: { [key]: typed }, sources: { [key]: source }, warnings: [] };
    expect(readEnvironment({ [variable]: value })).toEqual(expected);
  });

  test('an empty one counts as not set', () => {
    expect(readEnvironment({ VCPUSCHED_HIGH: '', VCPUSCHED_DRY_RUN: '' }).raw).toEqual({});
  });
});

test.each([
  ['VCPUSCHED_MAXMOVES', '; did you mean VCPUSCHED_MAX_MOVES?'],
  ['VCPUSCHED_SERVICE_HOST', ''],
  ['VCPUSCHED_', ''],
  ['VCPUSCHED_max_moves', '; did you mean VCPUSCHED_MAX_MOVES?'],
])('%s sets nothing', (variable, suggestion) => {
  const { raw, warnings } = readEnvironment({ [variable]: '4' });
  expect({ raw, warnings }).toEqual({
    raw: {},
    warnings: [`${variable} sets nothing and is ignored${suggestion}`],
  });
});

test.each([
  [{ VCPUSCHED_QUIET: 'maybe' }, "VCPUSCHED_QUIET: yes or no is wanted, not 'maybe'"],
  [
    { VCPUSCHED_DRY_RUN: '1' },
    'VCPUSCHED_DRY_RUN: --dry-run is for one run, and belongs on the command line',
  ],
  [{ VCPUSCHED_JSON: '1' }, 'VCPUSCHED_JSON: --json is for one run, and belongs on the command line'],
])('%j ends it', (env, message) => {
  expect(() => readEnvironment(env)).toThrow(expect.objectContaining({ status: 64, message }));
});
