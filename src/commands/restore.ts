import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { readUri } from '../host/read-pins.ts';
import { jsonText, leftAloneFields, pinFields } from '../render/envelope.ts';
import { planShell } from '../render/plan-shell.ts';
import { restoredStory, restoredText, restoreText } from '../render/restore-text.ts';
import { chooseStyle } from '../render/style.ts';
import { type Context, createVirsh, stateLocation } from '../session/context.ts';
import { readLastRun } from '../session/last-run.ts';
import { openPinSession } from '../session/pin-session.ts';
import { exitStatusOfRestored } from '../session/pins-exit-status.ts';
import { type Restored, readRestore } from '../session/restore-pins.ts';
import { readState } from '../state/store.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';

/** Puts the affinities back that vCPUs had before vcpusched pinned them, or before its last run. */
export async function restore(settings: Settings, context: Context): Promise<ExitStatus> {
  if (settings.dryRun || settings.format === 'shell') return showRestore(settings, context);
  const uri = await readUri(createVirsh(settings, context, 'pin'), context.signal);
  const pins = await openPinSession(settings, context, uri, 'restore');
  try {
    const done = await pins.restore(settings.last ? 'last-run' : 'all');
    context.err(restoredStory(done, settings));
    if (settings.json || settings.format === 'json') printPins(done, settings, context);
    else if (!settings.quiet) context.out(`${restoredText(done)}\n`);
    return exitStatusOfRestored(done);
  } finally {
    await pins.close();
  }
}

/** The end of a dry run: what would be put back as a table, as JSON or as a shell script. */
async function showRestore(settings: Settings, context: Context): Promise<ExitStatus> {
  const virsh = createVirsh(settings, context, 'read');
  const uri = await readUri(virsh, context.signal);
  const place = await stateLocation(settings, context, uri);
  const { state, damage } = await readState(place, 'restore');
  const lastRun = settings.last ? await readLastRun(place) : undefined;
  const { restoring } = await readRestore(settings, context, state, virsh, lastRun);
  const shown = { ...restoring, applied: [], unnoted: undefined, damage };
  context.err(restoredStory({ ...shown, foreign: [], stuck: [] }, settings));
  if (settings.json || settings.format === 'json') {
    printPins(shown, settings, context);
  } else if (settings.format === 'shell') {
    const words = [settings.virsh, ...(settings.connect === undefined ? [] : ['-c', settings.connect])];
    const script = {
      moves: restoring.pins,
      summary: settings.last
        ? 'the affinities from before the last run'
        : 'the affinities from before vcpusched pinned',
    };
    context.out(planShell(script, words, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    context.out(restoreText(restoring, chooseStyle(settings.color, context.terminal)));
  }
  return damage === undefined ? exitStatus.done : exitStatus.data;
}

function printPins({ pins, applied, foreign, stuck }: Restored, settings: Settings, context: Context): void {
  const results = new Map(applied.map(({ move, error }) => [move, error]));
  const fields = {
    connection: settings.connect ?? null,
    pins: pins.map((pin) => ({
      ...pinFields(pin),
      ...(settings.dryRun ? {} : { done: results.get(pin) === undefined, error: results.get(pin) ?? null }),
    })),
    leftAlone: leftAloneFields([...stuck, ...foreign]),
  };
  context.out(jsonText('restore', context.date(), fields));
}
