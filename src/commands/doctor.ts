import type { Settings } from '../config/settings.ts';
import { examine } from '../doctor/examine.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { doctorText } from '../render/doctor-text.ts';
import { jsonText } from '../render/envelope.ts';
import { chooseStyle } from '../render/style.ts';
import { readFacts } from '../session/read-facts.ts';
import type { World } from '../session/world.ts';

/** Tells what is as it should be and what is not, a line each, with what to do about it. Changes nothing. */
export async function doctor(settings: Settings, world: World): Promise<ExitStatus> {
  const facts = await readFacts(settings, world);
  const checks = examine(facts);
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      checks: checks.map((check) => ({ ...check, remedy: check.remedy ?? null })),
    };
    world.out(jsonText('doctor', world.date(), fields));
  } else {
    const shown = settings.quiet
      ? checks.filter(({ status }) => status === 'warning' || status === 'fault')
      : checks;
    world.out(doctorText(shown, chooseStyle(settings.color, world.terminal)));
  }
  return checks.some(({ status }) => status === 'fault') ? exitStatus.failed : exitStatus.done;
}
