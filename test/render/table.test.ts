import { describe, expect, test } from 'vitest';
import { table, tableWithBars } from '../../src/render/table.ts';

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

describe('a table that is too wide', () => {
  const columns = [{ head: 'name', least: 6 }, { head: 'load' }, { head: 'why', least: 10 }] as const;
  const rows = [
    ['a-long-name', '100 %', 'as it is far too full'],
    ['b', '7 %', ''],
  ];

  test('folds at spaces and cuts words in the columns that may shrink', () => {
    expect(table(columns, rows, { columns: 26, ellipsis: '~' })).toMatchInlineSnapshot(`
      "name    load   why
      a-lon~  100 %  as it is
                     far too
                     full
      b       7 %
      "
    `);
  });

  test('keeps the least width of each column', () => {
    const narrowest = table(columns, rows, { columns: 1, ellipsis: '~' });
    expect(narrowest).toBe(table(columns, rows, { columns: 6 + 2 + 5 + 2 + 10, ellipsis: '~' }));
  });

  test('has shorter bars first', () => {
    const bars = (columns: number) =>
      tableWithBars([{ head: 'n', least: 2 }, { head: 'bar' }], (width) => [['name', '#'.repeat(width)]], {
        columns,
        ellipsis: '~',
      }).split('\n')[1];
    expect(bars(30)).toBe(`name  ${'#'.repeat(20)}`);
    expect(bars(16)).toBe(`name  ${'#'.repeat(10)}`);
    expect(bars(9)).toBe('na~  ####');
  });
});
