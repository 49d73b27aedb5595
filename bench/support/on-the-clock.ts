import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSettings } from '../../src/config/settings.ts';
import { parseCpuList } from '../../src/model/cpu-set.ts';
import { vcpuKey } from '../../src/model/host-load.ts';
import { readInput } from '../../src/session/read-input.ts';
import { scopeOf } from '../../src/session/scope.ts';
import { reference } from '../../src/simulate/score/reference.ts';
import { replay } from '../../src/simulate/score/replay.ts';
import { score } from '../../src/simulate/score/score.ts';
import { bin, folder, virshSim } from './run.ts';

/** What `watch --json` prints for a cycle, as far as it is used here. */
type Line = {
  readonly time: string;
  readonly moves: readonly {
    readonly domain: { readonly uuid: string; readonly name: string };
    readonly vcpu: number;
    readonly to: string;
    readonly done: boolean;
  }[];
};

/**
 * Lets `watch` run on a simulated host, over virsh-sim and in real time, and scores the pins that took as `simulate`
 * scores a policy: by the true demands of the host, each pin in the cycle in which it was set. On a busy machine cycles
 * come late.
 * @param file a scenario
 */
export async function watchOnTheClock(file: string, policy: string, intervalSeconds: number, count: number) {
  const own = mkdtempSync(join(folder, 'clock-'));
  const directory = join(own, 'host');
  execFileSync(virshSim, ['init', directory, file]);
  const madeMs = Date.now();
  const words = ['watch', `${intervalSeconds}`, '--cycles', `${count}`, '--policy', policy, '--json'];
  const connection = ['-c', `sim://${directory}`, '--virsh', virshSim];
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...words, ...connection], {
    env: { ...process.env, VCPUSCHED_STATE_DIR: join(own, 'state'), VCPUSCHED_CONFIG: '/dev/null' },
    maxBuffer: 1 << 28,
  });
  const lines: readonly Line[] = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  if (lines.length !== count) throw new Error(`${file}, ${policy}: ${lines.length} of ${count} cycles`);
  const pins = new Map<number, Line['moves']>();
  let last = 0;
  for (const { time, moves } of lines) {
    last = Math.max(last + 1, Math.round((Date.parse(time) - madeMs) / 1000 / intervalSeconds));
    pins.set(
      last,
      moves.filter(({ done }) => done),
    );
  }
  const settings = readSettings({ interval: `${intervalSeconds}` });
  const { host } = await readInput(file, settings, () => undefined);
  const cycles = { intervalMs: intervalSeconds * 1000, count: last + 1 };
  let cycle = 0;
  const history = await replay(host, cycles, scopeOf(settings), () => {
    const moves = pins.get(cycle++) ?? [];
    return new Map(moves.map((move) => [vcpuKey(move), parseCpuList(move.to)]));
  });
  const scored = score(history, await reference(host, cycles, scopeOf(settings)), cycles);
  return { ...scored, unbalancedCycles: Math.round(scored.unbalancedShare * cycles.count) };
}
