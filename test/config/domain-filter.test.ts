import { describe, expect, test } from 'vitest';
import { domainFilter } from '../../src/config/domain-filter.ts';

const uuid = '6c0e3c5a-54d1-4b0e-9d8e-00000000000a';

describe('a pattern', () => {
  test.each([
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web*', 'web-1', true],
    ['web-?', 'web-10', false],
    ['{db,web}-*', 'db-2', true],
    ['[a-c]*', 'beta', true],
    ['*', '.hidden', true],
    ['*', 'a/b', true],
    ['*', 'two\u2028lines', true],
    ['*', '-x', true],
    ['*', '  spaces', true],
    ['!web', 'db', false],
    ['!web', '!web', true],
    ['007', '007', true],
    ['007', '7', false],
    ['a[b', 'a[b', true],
    ['it\'s (a) "name"', 'it\'s (a) "name"', true],
    ['csi\u009b*', 'csi\u009b31m', true],
    ['WEB', 'web', false],
    [uuid, 'any', true],
    [uuid.toUpperCase(), 'any', true],
    [uuid.replace('a', 'b'), 'any', false],
    [uuid.slice(0, -1), 'any', false],
  ])('%j against the name %j: %s', (pattern, name, matches) => {
    expect(domainFilter([pattern], [])({ uuid, name }) === undefined).toBe(matches);
  });
});

describe('why a domain is out of bounds', () => {
  test.each([
    ['nothing asked for', [], [], undefined],
    ['one of those chosen', ['db', 'web'], [], undefined],
    ['not among those chosen', ['db'], [], 'not chosen by --domain'],
    ['excluded', [], ['db', 'w*'], 'excluded by --exclude w*'],
    ['excluded from those chosen', ['web'], ['web'], 'excluded by --exclude web'],
  ])('%s', (_, only, except, reason) => {
    expect(domainFilter(only, except)({ uuid, name: 'web' })).toBe(reason);
  });
});
