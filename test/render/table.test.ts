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

  test('cuts what takes two columns before the middle of it', () => {
    const two = [{ head: 'name', least: 6 }, { head: 'b' }];
    expect(table(two, [['日本語日本語 ab', '']], { columns: 9, ellipsis: '~' }).split('\n')).toEqual([
      'name    b',
      '日本~',
      'ab',
      '',
    ]);
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

test('a cell that is very long is cut, and takes no time', () => {
  const [, line = ''] = table(
    [{ head: 'a', least: 8 }, { head: 'b' }],
    [['x '.repeat(1_000_000), 'y']],
  ).split('\n');
  expect(line).toMatch(/^(x ){500}\.\.\. {2}y$/);
});

test('words of any width fold in linear time', () => {
  const rows = Array.from({ length: 20 }, () => ['日 '.repeat(500)]);
  const lines = table([{ head: 'a', least: 8 }], rows, { columns: 8, ellipsis: '~' }).split('\n');
  expect(new Set(lines)).toEqual(new Set(['a', '日 日 日', '日 日', '']));
});

test.each([Number.POSITIVE_INFINITY, 24])('many rows look as few do, in %d columns', (columns) => {
  const heads = [{ head: 'name', least: 8 }, { head: 'n', align: 'right' }, { head: '' }] as const;
  const rows = Array.from({ length: 60 }, (_, i) => [`${'word '.repeat(i % 7)}日${i}`, `${i * i}`, '']);
  const lines = (text: string) => text.split('\n').slice(1, -1);
  const few = lines(table(heads, rows, { columns, ellipsis: '~' }));
  const many = lines(table(heads, Array(20).fill(rows).flat(), { columns, ellipsis: '~' }));
  expect(many).toEqual(Array(20).fill(few).flat());
});
