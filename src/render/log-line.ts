import { safeJson, safeText } from './safe-text.ts';

/** What happened, for a log: in words, and as fields that have the names of the JSON output. */
export type LogRecord = {
  readonly level: LogLevel;
  /** what kind of thing it tells: one of a few words */
  readonly event: string;
  /** one line for people */
  readonly message: string;
  /** the name of the host, where it is one of several */
  readonly host?: string | undefined;
  /** the number of the cycle that it is about */
  readonly cycle?: number | undefined;
  readonly fields?: Readonly<Record<string, unknown>>;
};

export type LogLevel = keyof typeof priorities;
export type LogFormat = 'text' | 'json' | 'logfmt';

/** How a log is written. */
export type LogLook = {
  readonly format: LogFormat;
  /** at a terminal, which has no time of its own */
  readonly withTime: boolean;
  /** the journal takes a priority at the start of each line */
  readonly withPriority: boolean;
};

/** One line of a log, with its end. */
export function logLine(record: LogRecord, time: Date, { format, withTime, withPriority }: LogLook): string {
  const priority = withPriority ? priorityMark(record.level) : '';
  return `${priority}${bodies[format](record, time, withTime)}\n`;
}

/**
 * What a line for the journal begins with.
 * @source sd-daemon(3)
 */
export function priorityMark(level: LogLevel): string {
  return `<${priorities[level]}>`;
}

/** @source syslog(3) */
const priorities = { error: 3, warning: 4, notice: 5, info: 6 } as const;

const bodies: Readonly<Record<LogFormat, (record: LogRecord, time: Date, withTime: boolean) => string>> = {
  text: ({ message, host, cycle, level }, time, withTime) => {
    const clock = withTime ? `${time.toTimeString().slice(0, 8)}  ` : '';
    const who = level === 'error' || level === 'warning' ? 'vcpusched: ' : '';
    const about = cycle === undefined ? '' : `cycle ${cycle}: `;
    const where = host === undefined ? '' : `${safeText(host)}: `;
    return `${clock}${who}${where}${about}${safeText(message)}`;
  },
  json: (record, time) => safeJson(entryOf(record, time)),
  logfmt: (record, time) =>
    flat('', entryOf(record, time))
      .map(([key, value]) => `${key}=${logfmtValue(value)}`)
      .join(' '),
};

function entryOf(
  { level, event, host, message, cycle, fields }: LogRecord,
  time: Date,
): Record<string, unknown> {
  return {
    time: time.toISOString(),
    level,
    event,
    ...(host === undefined ? {} : { host }),
    ...(cycle === undefined ? {} : { cycle }),
    message,
    ...fields,
  };
}

/** Each value that is no object, with the path to it. */
function flat(path: string, value: unknown): readonly (readonly [key: string, value: string])[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [[path, String(value)]];
  const prefix = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([key, each]) => flat(`${prefix}${key}`, each));
}

/** Quoted where it would not be one word. */
function logfmtValue(text: string): string {
  return /^[^\s"=\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u.test(text) ? text : safeJson(text);
}
