import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';

/** A CSV trace of utilisation: a column a VM, a row a sample, per cent of a pCPU. */
export type Trace = {
  readonly names: readonly string[];
  /** as many as there are names, each with a figure for every row */
  readonly columns: readonly (readonly number[])[];
};

/**
 * Reads a CSV trace: a header with the names, then rows of numbers.
 * @throws {VcpuschedError} status 65; one line with the file, the line and the column
 */
export function parseTrace(file: string, text: string): Trace {
  const [header = '', ...rows] = text.replace(/\r/g, '').replace(/\n+$/, '').split('\n');
  const names = header.split(',').map((name) => name.trim());
  const fail = (line: number, message: string): never => {
    throw new VcpuschedError(exitStatus.data, `${file}:${line}: ${message}`);
  };
  if (rows.length === 0) fail(1, 'a header with names and at least one row of numbers are needed');
  const table = rows.map((row, r) => {
    const cells = row.split(',');
    if (cells.length !== names.length) {
      fail(r + 2, `${cells.length} columns, where the header has ${names.length}`);
    }
    return cells.map((cell, c) => {
      const value = decimal.test(cell.trim()) ? Number(cell) : Number.NaN;
      if (!Number.isFinite(value) || value < 0)
        fail(r + 2, `${names[c]}: '${cell.trim()}' is no number from 0`);
      return value;
    });
  });
  return { names, columns: names.map((_, c) => table.map((row) => row[c] ?? 0)) };
}

/** Perhaps with an exponent; the other notations that Number() knows are no figures of a trace. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
