import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { hostReader } from '../host/host-reader.ts';
import { leftAloneFields } from '../render/envelope.ts';
import { statusText } from '../render/status-text.ts';
import { decider } from '../session/decider.ts';
import { gather, virshOf } from '../session/gather.ts';
import { readPinSession } from '../session/pin-session.ts';
import { tellUnmatched } from '../session/unmatched.ts';
import type { World } from '../session/world.ts';
import { printEnvelope, styleOf } from './report.ts';

/** Shows the pCPUs with their load, and the vCPUs on each. */
export async function status(settings: Settings, world: World): Promise<ExitStatus> {
  const virsh = virshOf(settings, world, 'read');
  const reader = hostReader(virsh, world.readFile, settings.connect);
  const decide = decider(settings, 'now');
  const first = await reader.sample(world.signal);
  await tellUnmatched(settings, world, virsh);
  // Which affinities are vcpusched's own, and which pCPUs libvirt refuses, limits vCPUs.
  await readPinSession(settings, world, reader.uri(), decide);
  const gathered = await gather(settings, world, reader, decide, first);
  const { load, leftAlone, coverage } = gathered.measured;
  if (settings.json) {
    printEnvelope('status', settings, world, gathered, { leftAlone: leftAloneFields(leftAlone) });
  } else if (!settings.quiet) {
    world.out(
      statusText(
        load,
        gathered.snapshot.online,
        leftAlone,
        gathered.windowMs,
        styleOf(settings, world),
        coverage,
      ),
    );
  }
  return exitStatus.done;
}
