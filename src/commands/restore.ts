import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { readUri } from '../host/read-pins.ts';
import { leftAloneFields, pinFields } from '../render/envelope.ts';
import { planShell } from '../render/plan-shell.ts';
import { restoreText } from '../render/restore-text.ts';
import { peekAt } from '../state/store.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';
import { virshOf } from './gather.ts';
import { openStoreOf, placeOf } from './kept.ts';
import { lookBack, type PutBack, putBack, statusOfPutBack, tellPutBack } from './put-back.ts';
import { printJson, styleOf } from './report.ts';
import type { World } from './world.ts';

/** Puts the affinities back that vCPUs had before vcpusched pinned them. */
export async function restore(settings: Settings, world: World): Promise<ExitStatus> {
  if (settings.dryRun || settings.format === 'shell') return showRestore(settings, world);
  const uri = await readUri(virshOf(settings, world, 'pin'), world.signal);
  const store = await openStoreOf(settings, world, uri, 'restore');
  try {
    const done = await putBack(settings, store, virshOf(settings, world, 'pin', store.lockFd));
    const line = tellPutBack(done, settings, world);
    if (settings.json || settings.format === 'json') printPins(done, settings, world);
    else if (!settings.quiet) world.out(`${line}\n`);
    return statusOfPutBack(done);
  } finally {
    await store.close();
  }
}

/** The end of a dry run: what would be put back as a table, as JSON or as a shell script. */
async function showRestore(settings: Settings, world: World): Promise<ExitStatus> {
  const virsh = virshOf(settings, world, 'read');
  const uri = await readUri(virsh, world.signal);
  const saved = await peekAt(await placeOf(settings, world, uri));
  const { restoring } = await lookBack(settings, saved, virsh);
  if (settings.json || settings.format === 'json') {
    printPins({ ...restoring, applied: [] }, settings, world);
  } else if (settings.format === 'shell') {
    const words = [settings.virsh, ...(settings.connect === undefined ? [] : ['-c', settings.connect])];
    const script = { moves: restoring.pins, summary: 'the affinities from before vcpusched pinned' };
    world.out(planShell(script, words, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    world.out(restoreText(restoring, styleOf(settings, world)));
  }
  return exitStatus.done;
}

function printPins({ pins, applied, foreign, stuck }: PutBack, settings: Settings, world: World): void {
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
