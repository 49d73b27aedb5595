import { expect, test } from 'vitest';
import { table } from '../../src/render/table.ts';

test('columns are aligned by what they show, and nothing stands at the end of a line', () => {
  const columns = [{ head: 'name' }, { head: 'load', align: 'right' }, { head: 'why' }] as const;
  const rows = [['a', '7 %', ''], ['日本', '\u001b[31m100 %\u001b[39m', 'full'], ['longer'], ['007']];
  expect(table(columns, rows)).toBe(
    [
      'name     load  why',
      'a         7 %',
      '日本    \u001b[31m100 %\u001b[39m  full',
      'longer',
      '007',
      '',
    ].join('\n'),
  );
});
