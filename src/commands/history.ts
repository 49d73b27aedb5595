import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { jsonText } from '../render/envelope.ts';
import { historyFields, historyText } from '../render/history-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { readConnection } from '../session/read-connection.ts';
import { readHistory } from '../state/history-file.ts';

/** Shows what was moved on the connection, and what came of it. */
export async function history(settings: Settings, context: Context): Promise<ExitStatus> {
  const { since, moved, json, quiet, verbose, color } = settings;
  const place = await readConnection(settings, context);
  const outOfBounds = domainFilter([moved], []);
  const sinceMs =
    since === undefined
      ? 0
      : 'atMs' in since
        ? since.atMs
        : context.date().getTime() - since.agoSeconds * 1000;
  const moves = (await readHistory(place)).filter(
    ({ atMs, domain }) => atMs >= sinceMs && outOfBounds(domain) === undefined,
  );
  if (json)
    context.out(
      jsonText('history', context.date(), { connection: place.uri, moves: moves.map(historyFields) }),
    );
  else if (!quiet) context.out(historyText(moves, verbose, chooseStyle(color, context.terminal)));
  return exitStatus.done;
}
