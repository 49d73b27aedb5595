import type { Settings } from '../config/settings.ts';
import { type LogRecord, logLine } from '../render/log-line.ts';
import type { Context } from './context.ts';

/** The log of a long run, on stderr. */
export type Log = {
  readonly write: (records: readonly LogRecord[]) => void;
  /** for what has only its text: lines that begin with `vcpusched: ` are warnings */
  readonly err: (text: string) => void;
};

/** With --quiet, and beside --json, it has only warnings and errors. */
export function openLog(
  { logFormat, quiet, json }: Pick<Settings, 'logFormat' | 'quiet' | 'json'>,
  { err, date, terminal, label }: Pick<Context, 'err' | 'date' | 'terminal' | 'label'>,
): Log {
  const look = {
    format: logFormat,
    withTime: terminal.isErrTty === true,
    withPriority: terminal.isErrJournal === true,
  };
  const isWanted = ({ level }: LogRecord) => !(quiet || json) || level === 'warning' || level === 'error';
  const write = (records: readonly LogRecord[]) => {
    for (const record of records.filter(isWanted)) err(logLine({ ...record, host: label }, date(), look));
  };
  return {
    write,
    err: (text) => write(text.split('\n').flatMap(recordOf)),
  };
}

const who = 'vcpusched: ';

function recordOf(line: string): readonly LogRecord[] {
  if (line === '') return [];
  return line.startsWith(who)
    ? [{ level: 'warning', event: 'warning', message: line.slice(who.length) }]
    : [{ level: 'info', event: 'note', message: line }];
}
