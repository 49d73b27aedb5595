import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { readUri } from '../host/read-pins.ts';
import { leftAloneFields, pinFields } from '../render/envelope.ts';
import { planShell } from '../render/plan-shell.ts';
import { restoreText } from '../render/restore-text.ts';
import { statusOfRestored } from '../session/exit-status-of.ts';
import { virshOf } from '../session/gather.ts';
import { openStoreOf, placeOf } from '../session/pin-session.ts';
import { type Restored, readRestore, restorePins } from '../session/restore-pins.ts';
import type { World } from '../session/world.ts';
import { readState } from '../state/store.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';
import { printJson, styleOf, tellRestored } from './report.ts';

/** Puts the affinities back that vCPUs had before vcpusched pinned them. */
export async function restore(settings: Settings, world: World): Promise<ExitStatus> {
  if (settings.dryRun || settings.format === 'shell') return showRestore(settings, world);
  const uri = await readUri(virshOf(settings, world, 'pin'), world.signal);
  const store = await openStoreOf(settings, world, uri, 'restore');
  try {
    let state = store.state();
    const ledger = {
      state: () => state,
      set: (next: typeof state) => {
        state = next;
      },
      save: () => store.save(state),
    };
    const virsh = virshOf(settings, world, 'pin', store.lockFd);
    const done = await restorePins(settings, world, store, virsh, ledger);
    const line = tellRestored(done, settings, world);
    if (settings.json || settings.format === 'json') printPins(done, settings, world);
    else if (!settings.quiet) world.out(`${line}\n`);
    return statusOfRestored(done);
  } finally {
    await store.close();
  }
}

/** The end of a dry run: what would be put back as a table, as JSON or as a shell script. */
async function showRestore(settings: Settings, world: World): Promise<ExitStatus> {
  const virsh = virshOf(settings, world, 'read');
  const uri = await readUri(virsh, world.signal);
  const { state, damage } = await readState(await placeOf(settings, world, uri), 'restore');
  const { restoring } = await readRestore(settings, world, state, virsh);
  const shown = { ...restoring, applied: [], unnoted: undefined, damage };
  if (damage !== undefined) tellRestored({ ...shown, foreign: [], stuck: [] }, settings, world);
  if (settings.json || settings.format === 'json') {
    printPins(shown, settings, world);
  } else if (settings.format === 'shell') {
    const words = [settings.virsh, ...(settings.connect === undefined ? [] : ['-c', settings.connect])];
    const script = { moves: restoring.pins, summary: 'the affinities from before vcpusched pinned' };
    world.out(planShell(script, words, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    world.out(restoreText(restoring, styleOf(settings, world)));
  }
  return damage === undefined ? exitStatus.done : exitStatus.data;
}

function printPins({ pins, applied, foreign, stuck }: Restored, settings: Settings, world: World): void {
  const results = new Map(applied.map(({ move, error }) => [move, error]));
  const fields = {
    connection: settings.connect ?? null,
    pins: pins.map((pin) => ({
      ...pinFields(pin),
      ...(settings.dryRun ? {} : { done: results.get(pin) === undefined, error: results.get(pin) ?? null }),
    })),
    leftAlone: leftAloneFields([...stuck, ...foreign]),
  };
  printJson('restore', fields, world);
}
