import type { ExitStatus } from './exit-status.ts';

/**
 * A failure that a person has to act on. The message is one line: what failed, on what, why, and what to
 * do next. Anything else that is thrown is a defect of vcpusched.
 */
export class VcpuschedError extends Error {
  readonly status: ExitStatus;
  /** the last part of the message, where it says what to do next */
  readonly remedy: string | undefined;

  constructor(
    status: ExitStatus,
    message: string,
    options: ErrorOptions & { readonly remedy?: string } = {},
  ) {
    super(options.remedy === undefined ? message : `${message}: ${options.remedy}`, options);
    this.name = 'VcpuschedError';
    this.status = status;
    this.remedy = options.remedy;
  }
}

/** A signal ended what was at work, which pins nothing; the signal has an exit status of its own. */
export class Interrupted extends Error {}

/** Whoever read the result wants no more of it: what was to go on for that reader alone ends, and the rest is done. */
export class ReaderGone extends Error {}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
