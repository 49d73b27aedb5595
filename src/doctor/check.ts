/** What one look at the host has found. */
export type Check = {
  readonly name: string;
  /** `unknown`: it cannot be told from here, which is no fault */
  readonly status: 'ok' | 'warning' | 'fault' | 'unknown';
  readonly message: string;
  /** what to do about it */
  readonly remedy?: string | undefined;
};

/** A check, named, that has nothing to say but what it found. */
export type Finding = Omit<Check, 'name'>;

export function ok(message: string): Finding {
  return { status: 'ok', message };
}

export function warning(message: string, remedy: string): Finding {
  return { status: 'warning', message, remedy };
}

export function fault(message: string, remedy: string | undefined): Finding {
  return { status: 'fault', message, remedy };
}

export function unknown(message: string, remedy?: string): Finding {
  return { status: 'unknown', message, remedy };
}
