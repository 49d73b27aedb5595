import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from '../support/resident-mb.ts';

/** What a process has at one moment. */
export type Figures = {
  readonly atMs: number;
  readonly rssMb: number;
  readonly files: number;
  readonly threads: number;
  readonly children: number;
  /** virsh processes of the same daemon that are nobody's any more */
  readonly orphans: number;
};

/** Looks each ten seconds, until the signal or its end. */
export async function figuresOf(
  pid: number,
  socket: string,
  signal: AbortSignal,
): Promise<readonly Figures[]> {
  const all: Figures[] = [];
  while (!signal.aborted) {
    await sleep(10_000, undefined, { signal }).catch(() => undefined);
    try {
      if (!signal.aborted) all.push(figures(pid, socket));
    } catch {
      return all;
    }
  }
  return all;
}

function figures(pid: number, socket: string): Figures {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return {
    atMs: Date.now(),
    rssMb: residentMb(pid),
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: threads.length,
    children: children.length,
    orphans: virshOf(socket).filter(({ parent }) => parent !== pid && parent !== process.pid).length,
  };
}

/** The virsh processes that speak with a daemon. */
export function virshOf(socket: string): readonly { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (!/(^|\/)virsh$/.test(words[0] ?? '') || !words.some((word) => word.includes(socket))) return [];
      const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      return [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      // it has ended
      return [];
    }
  });
}
