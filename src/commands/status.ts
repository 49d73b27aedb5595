import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import { hostFields, jsonText, leftAloneFields } from '../render/envelope.ts';
import { statusText } from '../render/status-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { measureWindow } from '../session/cycle.ts';
import { readSession } from '../session/session-opener.ts';

/** Shows the pCPUs with their load, and the vCPUs on each. The JSON always describes the whole host. */
export async function status(settings: Settings, context: Context): Promise<ExitStatus> {
  const session = await readSession(settings, context);
  const report = await measureWindow(session, context, settings.window * 1000);
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      ...hostFields(report),
      leftAlone: leftAloneFields(report.measured.leftAlone),
    };
    context.out(jsonText('status', context.date(), fields));
  } else if (!settings.quiet) {
    const { domain, pcpu, sort, summary, verbose } = settings;
    const { online } = report.snapshot;
    const absent = (pcpu ?? []).filter((id) => !online.includes(id));
    if (absent.length > 0)
      context.err(`vcpusched: --pcpu ${formatCpuSet(absent)}: not online on this host\n`);
    const outOfBounds = domainFilter(domain, []);
    const isLong =
      context.terminal.isTty && !verbose && domain.length === 0 && (pcpu ?? online).length > mostPcpus;
    const view = {
      uri: session.uri,
      isShown: (ref: DomainRef) => outOfBounds(ref) === undefined,
      pcpu,
      sort,
      isSummary: summary || isLong,
    };
    context.out(statusText(report, view, chooseStyle(settings.color, context.terminal)));
    if (isLong && !summary) {
      context.out(
        `vCPUs are not listed above ${mostPcpus} pCPUs: --verbose lists all, --pcpu and --domain some\n`,
      );
    }
  }
  return exitStatus.done;
}

/** More pCPUs than that are shown at a terminal without their vCPUs. */
const mostPcpus = 64;
