import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { readUri } from '../host/read-pins.ts';
import { jsonText, leftAloneFields, pinFields } from '../render/envelope.ts';
import { planShell } from '../render/plan-shell.ts';
import { restoredStory, restoredText, restoreText } from '../render/restore-text.ts';
import { chooseStyle } from '../render/style.ts';
import { exitStatusOfRestored } from '../session/exit-status.ts';
import { openPinSession } from '../session/pin-session.ts';
import { type Restored, readRestore } from '../session/restore-pins.ts';
import { createVirsh, stateLocation, type World } from '../session/world.ts';
import { readState } from '../state/store.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';

/** Puts the affinities back that vCPUs had before vcpusched pinned them. */
export async function restore(settings: Settings, world: World): Promise<ExitStatus> {
  if (settings.dryRun || settings.format === 'shell') return showRestore(settings, world);
  const uri = await readUri(createVirsh(settings, world, 'pin'), world.signal);
  const pins = await openPinSession(settings, world, uri, 'restore');
  try {
    const done = await pins.restore();
    world.err(restoredStory(done, settings));
    if (settings.json || settings.format === 'json') printPins(done, settings, world);
    else if (!settings.quiet) world.out(`${restoredText(done)}\n`);
    return exitStatusOfRestored(done);
  } finally {
    await pins.close();
  }
}

/** The end of a dry run: what would be put back as a table, as JSON or as a shell script. */
async function showRestore(settings: Settings, world: World): Promise<ExitStatus> {
  const virsh = createVirsh(settings, world, 'read');
  const uri = await readUri(virsh, world.signal);
  const { state, damage } = await readState(await stateLocation(settings, world, uri), 'restore');
  const { restoring } = await readRestore(settings, world, state, virsh);
  const shown = { ...restoring, applied: [], unnoted: undefined, damage };
  world.err(restoredStory({ ...shown, foreign: [], stuck: [] }, settings));
  if (settings.json || settings.format === 'json') {
    printPins(shown, settings, world);
  } else if (settings.format === 'shell') {
    const words = [settings.virsh, ...(settings.connect === undefined ? [] : ['-c', settings.connect])];
    const script = { moves: restoring.pins, summary: 'the affinities from before vcpusched pinned' };
    world.out(planShell(script, words, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    world.out(restoreText(restoring, chooseStyle(settings.color, world.terminal)));
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
  world.out(jsonText('restore', world.date(), fields));
}
