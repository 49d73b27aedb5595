import type { Settings } from '../config/settings.ts';
import { examine } from '../doctor/examine.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { doctorText } from '../render/doctor-text.ts';
import { jsonText } from '../render/envelope.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { readFacts } from '../session/read-facts.ts';

/** Tells what is as it should be and what is not, a line each, with what to do about it. Changes nothing. */
export async function doctor(settings: Settings, context: Context): Promise<ExitStatus> {
  const facts = await readFacts(settings, context);
  const checks = examine(facts);
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      checks: checks.map((check) => ({ ...check, remedy: check.remedy ?? null })),
    };
    context.out(jsonText('doctor', context.date(), fields));
  } else {
    const shown = settings.quiet
      ? checks.filter(({ status }) => status === 'warning' || status === 'fault')
      : checks;
    context.out(doctorText(shown, chooseStyle(settings.color, context.terminal)));
  }
  return checks.some(({ status }) => status === 'fault') ? exitStatus.failed : exitStatus.done;
}
