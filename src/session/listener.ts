import { messageOf, type VcpuschedError } from '../errors.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** Who is told what becomes of cycles: a log, metrics, a service manager. It gets facts, and decides nothing. */
export type Listener = {
  /** The first sample of a session: at the start, and after the settings were read again. */
  readonly begun?: (start: Start) => Told;
  readonly cycle?: (report: CycleReport) => Told;
  /** A cycle that could not be carried out; the next one is tried all the same. */
  readonly failed?: (failure: VcpuschedError) => Told;
  /** No cycle follows. */
  readonly ended?: () => Told;
};

export type Start = {
  /** the connection, as libvirt names it */
  readonly uri: string;
  readonly sample: Snapshot;
};

type Told = void | Promise<void>;

/**
 * Several as one, told one after the other. One that fails costs nobody else anything; what it threw is handed on, unless
 * it failed with the same words the last time, too.
 */
export function allOf(
  listeners: readonly Listener[],
  onFailure: (error: unknown) => void,
): Required<Listener> {
  const told = new Map<Listener, string>();
  const tell = async (call: (listener: Listener) => Told) => {
    for (const listener of listeners) {
      try {
        await call(listener);
        told.delete(listener);
      } catch (error) {
        const message = messageOf(error);
        if (message !== told.get(listener)) onFailure(error);
        told.set(listener, message);
      }
    }
  };
  return {
    begun: (start) => tell((each) => each.begun?.(start)),
    cycle: (report) => tell((each) => each.cycle?.(report)),
    failed: (failure) => tell((each) => each.failed?.(failure)),
    ended: () => tell((each) => each.ended?.()),
  };
}
