import { describe, expect, test } from 'vitest';
import { type LogRecord, logLine } from '../../src/render/log-line.ts';

const time = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
const plain = { withTime: false, withPriority: false };
const hostile = 'a "b"\n\u001b[31mc\\d=e\u202e';
const record = {
  level: 'warning',
  event: 'pin-failed',
  cycle: 7,
  message: `not pinned: ${hostile}`,
  fields: { domain: { name: hostile, uuid: undefined }, vcpu: 0, error: null, done: false, empty: '' },
} as const satisfies LogRecord;

describe('a line of a log', () => {
  test.each([
    ['text', /^vcpusched: cycle 7: not pinned: a "b"\\u\{a\}\\u\{1b\}\[31mc\\d=e\\u\{202e\}$/],
    [
      'logfmt',
      /^time=2026-01-02T03:04:05.678Z level=warning event=pin-failed cycle=7 message="[^\p{Cc}]+" domain\.name="[^\p{Cc}]+" vcpu=0 done=false empty=""$/u,
    ],
  ] as const)('%s is one that no terminal obeys', (format, expected) => {
    const line = logLine(record, time, { ...plain, format });
    expect(line.slice(0, -1)).toMatch(expected);
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u);
  });

  test('json gives back what was told', () => {
    const line = logLine(record, time, { ...plain, format: 'json' });
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u);
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-02T03:04:05.678Z',
      level: 'warning',
      event: 'pin-failed',
      cycle: 7,
      message: record.message,
      domain: { name: hostile },
      vcpu: 0,
      error: null,
      done: false,
      empty: '',
    });
  });

  test.each([
    ['error', '<3>vcpusched: it'],
    ['warning', '<4>vcpusched: it'],
    ['notice', '<5>it'],
    ['info', '<6>it'],
  ] as const)('for the journal, at level %s', (level, expected) => {
    const look = { format: 'text', withTime: false, withPriority: true } as const;
    expect(logLine({ level, event: 'x', message: 'it' }, time, look)).toBe(`${expected}\n`);
  });
});
