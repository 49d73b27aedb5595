import type { Host } from '../host.ts';
import type { Faults } from './faults.ts';

/** One virsh command as virsh-sim has it: its options in virsh's order, and what it does. */
export type Command = {
  readonly name: string;
  readonly options: readonly Option[];
  /** may change the host */
  readonly changes?: true;
} & (
  | { readonly unconnected: true; readonly run: (args: Arguments) => Output }
  | { readonly unconnected?: never; readonly run: (args: Arguments, session: Session) => string }
);

/** `argv` takes all that is left; all but flags can also be given by position, in this order. */
export type Option = {
  readonly name: string;
  readonly kind: 'flag' | 'string' | 'number' | 'argv';
  readonly required?: true;
};

/** What goes to stdout and stderr, without the line break that virsh adds. */
export type Output = { readonly out?: string; readonly err?: string };

export type Arguments = {
  readonly has: (name: string) => boolean;
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
};

/** The connection that the commands of one call share; `host` is what they change. */
export type Session = {
  host: Host;
  readonly uri: string;
  readonly readOnly: boolean;
  readonly quiet: boolean;
  readonly faults: Faults;
  /** lets time pass, and others change the host */
  readonly pause: (ms: number) => void;
};

/** A failed command: each message becomes a line `error: …` on stderr. */
export class VirshError extends Error {
  readonly messages: readonly string[];

  constructor(...messages: readonly string[]) {
    super(messages.join('; '));
    this.name = 'VirshError';
    this.messages = messages;
  }
}

/** @throws {VirshError} over a read-only connection, naming libvirt's function as libvirt does */
export function forbidReadOnly(session: Session, call: string, ...first: readonly string[]): void {
  if (!session.readOnly) return;
  throw new VirshError(...first, `operation forbidden: read only access prevents ${call}`);
}
