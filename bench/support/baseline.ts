import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

/** Figures of an earlier version on the same input: those that are compared with today's. */
export type Figures = {
  readonly moves: number;
  readonly movesPerVcpuHour: number;
  readonly movesAfterBalance: number;
  readonly finalSd: number;
  readonly excessPct: number;
};

type Kept = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/**
 * The figures of an earlier version for the rows of a table, from bench/baseline.json. That version's own are kept
 * there, in the place of what was kept before, by
 *
 *     BIN=ITS/bin/vcpusched.js BASELINE=keep node bench/run.js evidence TABLE
 *
 * @param now the figures just measured, by row
 */
export function baseline(table: string, now: ReadonlyMap<string, Figures>): ReadonlyMap<string, Figures> {
  const kept: Kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  if (!isKeeping) return new Map(Object.entries(kept[table] ?? {}));
  const rows = [...now].map(([row, figures]) => [row, rounded(figures)] as const);
  const all = { ...kept, [table]: Object.fromEntries(rows) };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  return now;
}

/** Whether figures are to be kept: of the default policy alone. */
export const isKeeping = process.env['BASELINE'] === 'keep';

const file = join(root, 'bench/baseline.json');

function rounded({ moves, movesPerVcpuHour, movesAfterBalance, finalSd, excessPct }: Figures): Figures {
  const to = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    moves,
    movesPerVcpuHour: to(movesPerVcpuHour, 2),
    movesAfterBalance,
    finalSd: to(finalSd, 2),
    excessPct: to(excessPct, 3),
  };
}
