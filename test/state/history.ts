import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryMove } from '../../src/model/history.ts';
import { temporaryDirectory } from '../support/executable.ts';

export const newPlace = () => ({
  stateDir: temporaryDirectory(),
  uri: 'qemu:///system',
  boot: 'b',
  nowMs: 0,
});

export function fileOf({ stateDir }: { readonly stateDir: string }): string {
  return join(stateDir, readdirSync(stateDir)[0] ?? '', 'history.ndjson');
}

export const move = (i: number, over: Partial<HistoryMove> = {}): HistoryMove => ({
  key: `r-${i}`,
  run: 'r',
  command: 'once',
  domain: { uuid: `00000000-0000-0000-0000-00000000000${i}`, name: `guest-${i}\u001b\n"` },
  vcpu: i,
  id: 7,
  kind: 'swap',
  from: [0, 1],
  to: [2],
  atMs: 1000 * i,
  demandPct: 12.5,
  readyBeforePct: undefined,
  readyAfterPct: undefined,
  isSettled: false,
  undoneAtMs: undefined,
  reason: 'why',
  ...over,
});
