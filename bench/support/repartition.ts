import { readSettings } from '../../src/config/settings.ts';
import { measure } from '../../src/host/measure.ts';
import { demandPct, vcpuKey } from '../../src/model/host-load.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { readInput } from '../../src/session/read-input.ts';
import { scopeOf } from '../../src/session/scope.ts';
import { partition } from '../../src/simulate/score/partition.ts';
import { reference } from '../../src/simulate/score/reference.ts';
import { replay } from '../../src/simulate/score/replay.ts';
import { score } from '../../src/simulate/score/score.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';

/**
 * What one reaches who deals all vCPUs out anew in each cycle by what they wanted in the last one, whatever the moves: a
 * bound for policies that do not foresee. For hosts on which every vCPU may be put anywhere.
 * @param file a scenario
 */
export async function repartitionEachCycle(file: string) {
  const settings = readSettings({});
  const { host, seconds } = await readInput(file, settings, () => undefined);
  const cycles = { intervalMs: settings.interval * 1000, count: Math.floor(seconds / settings.interval) };
  const scope = scopeOf(settings);
  let before: Snapshot | undefined;
  const history = await replay(host, cycles, scope, (now) => {
    const after = snapshotOf(now);
    const load = before === undefined ? undefined : measure(before, after, scope).load;
    before = after;
    if (load === undefined) return new Map();
    const { pcpus, vcpus } = load;
    const demands = vcpus.map(({ reading }) => (reading.kind === 'measured' ? demandPct(reading) : 0));
    const { places } = partition(
      demands,
      pcpus.map(() => 0),
    );
    return new Map(vcpus.map((vcpu, i) => [vcpuKey(vcpu), [pcpus[places[i] ?? 0] ?? 0]]));
  });
  return score(history, await reference(host, cycles, scope), cycles);
}
