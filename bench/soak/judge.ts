import { median } from '../support/median.ts';
import type { Change } from './affinities.ts';
import type { Deed } from './churn.ts';
import type { Figures } from './figures.ts';

/** What was seen of a soak. */
export type Soaked = {
  /** of the watch, in JSON */
  readonly log: string;
  readonly metrics: string;
  readonly heap: string;
  readonly deeds: readonly Deed[];
  readonly changes: readonly Change[];
  readonly figures: readonly Figures[];
  /** the affinities before `restore`, and after it */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly status: number | null;
  /** virsh processes after the end */
  readonly left: number;
  readonly restored: Restored;
  /** of one virsh */
  readonly timeoutMs: number;
};

export type Restored = { readonly status: number | null; readonly text: string };

type Judged = {
  readonly faults: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly tells: readonly string[];
};

type Line = {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly message: string;
  readonly cycle?: number;
  readonly cycles?: number;
  readonly pins?: number;
  readonly domain?: { readonly uuid: string };
  readonly vcpu?: number;
  readonly from?: string;
  readonly to?: string;
};

/** How long what is done may take until it is told. */
const slackMs = 3000;

/** What did not hold, and the figures. */
export function judge(soaked: Soaked): Judged {
  const lines = soaked.log
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
  const outages = soaked.deeds.filter(({ isOutage }) => isOutage === true);
  const isAway = (ms: number) =>
    outages.some(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs + soaked.timeoutMs + slackMs);
  const cycles = cyclesOf(lines, soaked, isAway);
  const pins = pinsOf(lines, soaked, isAway);
  const sizes = sizesOf(soaked);
  const orphans = Math.max(0, ...soaked.figures.map((each) => each.orphans));
  const faults = [
    ...cycles.faults,
    ...pins.faults,
    ...sizes.faults,
    ...(soaked.status === 0 ? [] : [`watch ended with ${soaked.status}`]),
    ...(soaked.restored.status === 0 ? [] : [`restore ended with ${soaked.restored.status}`]),
    ...(soaked.left === 0 ? [] : [`${soaked.left} virsh processes after the end`]),
    ...(orphans === 0 ? [] : [`up to ${orphans} virsh processes that were nobody's`]),
  ];
  return { faults, rows: sizes.rows, tells: [deedsText(soaked.deeds), cycles.tells, pins.tells] };
}

/** Each number once, good or failed, and no failure without an outage. */
function cyclesOf(lines: readonly Line[], { metrics, deeds }: Soaked, isAway: (ms: number) => boolean) {
  const faults: string[] = [];
  let [good, failed] = [0, 0];
  for (const { event, cycle, time, message } of lines) {
    if (event === 'failure' && cycle === undefined) {
      failed++;
      if (!isAway(Date.parse(time))) faults.push(`${time}: failed without an outage: ${message}`);
    } else if (event === 'cycle') {
      good++;
      if (cycle !== good + failed) faults.push(`${time}: cycle ${cycle} is the ${good + failed}th`);
    }
  }
  const ended = lines.find(({ event }) => event === 'ended');
  if (ended?.cycles !== good + failed) faults.push(`${good + failed} cycles in the log: ${ended?.message}`);
  const counted = [...metrics.matchAll(/^vcpusched_cycles_total\{([^}]*)\} (\d+)$/gm)];
  const sum = (isFailed: boolean) =>
    counted
      .filter(([, labels = '']) => labels.includes('result="failed"') === isFailed)
      .reduce((total, [, , count]) => total + Number(count), 0);
  if (sum(false) !== good || sum(true) !== failed)
    faults.push(
      `the metrics have ${sum(false)} good cycles and ${sum(true)} failed ones, the log ${good} and ${failed}`,
    );
  const seconds = outageSeconds(deeds);
  return {
    faults,
    tells: `${good + failed} cycles, each accounted for: ${good} good ones and ${failed} in the ${deeds.filter(({ isOutage }) => isOutage).length} outages of ${seconds} s in all.`,
  };
}

function outageSeconds(deeds: readonly Deed[]): number {
  const outages = deeds.filter(({ isOutage }) => isOutage);
  return Math.round(outages.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / 1000);
}

/** What is known of the affinity of a vCPU. */
type Known = {
  /** what `restore` has to bring back; several where it depends on who came first */
  readonly back: readonly string[];
  readonly isOwn: boolean;
  /** since when it is somebody else's, who came after the program */
  readonly foreignSinceMs?: number;
  readonly lastMs: number;
};

/** No pin that nobody tells of, none of what is somebody else's, and all brought back. */
function pinsOf(lines: readonly Line[], soaked: Soaked, isAway: (ms: number) => boolean) {
  const { deeds, changes, before, after, restored } = soaked;
  const faults: string[] = [];
  const byHand = deeds.filter(({ to }) => to !== undefined);
  const moves = lines.filter(({ event }) => event === 'move');
  const tried = lines.filter(({ event }) => event === 'move' || event === 'pin-failed');
  const keyOf = ({ domain, vcpu }: Line) => `${domain?.uuid} ${vcpu}`;
  const handKey = ({ uuid, vcpu }: Deed) => `${uuid} ${vcpu}`;
  const starts = deeds.filter(({ what }) =>
    ['start', 'a new guest', 'a first guest', 'a vCPU more'].includes(what),
  );

  for (const { key, to, afterMs, byMs } of changes) {
    const isTold = tried.some(
      (line) =>
        keyOf(line) === key &&
        line.to === to &&
        isNear(Date.parse(line.time), afterMs, byMs + soaked.timeoutMs),
    );
    const isByHand = byHand.some(
      (deed) =>
        handKey(deed) === key && deed.to === to && deed.fromMs <= byMs && deed.toMs >= afterMs - slackMs,
    );
    // A new guest has a pin of its own; what else is started may run anywhere.
    const isFirst = starts.some(
      ({ what, uuid, fromMs, toMs }) =>
        key.startsWith(`${uuid} `) &&
        (what.endsWith('guest') || to === '0-1') &&
        fromMs <= byMs &&
        toMs >= afterMs - slackMs,
    );
    if (!isTold && !isByHand && !isFirst)
      faults.push(`${new Date(byMs).toISOString()}: ${key} has the affinity ${to}, of which nobody tells`);
  }

  const known = new Map<string, Known>();
  let foreign = 0;
  const events = [
    ...moves.map((line) => ({ ms: Date.parse(line.time), apply: () => moved(line) })),
    ...byHand.map((deed) => ({ ms: deed.toMs, apply: () => pinned(deed) })),
    ...starts.map((deed) => ({ ms: deed.fromMs, apply: () => started(deed) })),
  ].sort((a, b) => a.ms - b.ms);
  function moved(line: Line): void {
    const key = keyOf(line);
    const ms = Date.parse(line.time);
    const old = known.get(key);
    if (old?.foreignSinceMs !== undefined && ms > old.foreignSinceMs + slackMs)
      faults.push(`${line.time}: moved though it was pinned by hand: ${line.message}`);
    const from = line.from ?? '';
    const isRace = old !== undefined && ms < old.lastMs + slackMs;
    const back = old === undefined ? [from] : old.isOwn ? old.back : isRace ? [...old.back, from] : [from];
    known.set(key, { back, isOwn: true, lastMs: ms });
  }
  function pinned(deed: Deed): void {
    const key = handKey(deed);
    const old = known.get(key);
    const isRace = old !== undefined && deed.fromMs < old.lastMs + slackMs;
    const isForeign = old?.isOwn === true && !isRace;
    if (isForeign) foreign++;
    known.set(key, {
      back: isRace ? [...old.back, deed.to ?? ''] : [deed.to ?? ''],
      isOwn: isRace && old.isOwn,
      ...(isForeign ? { foreignSinceMs: deed.toMs } : {}),
      lastMs: deed.toMs,
    });
  }
  function started({ what, uuid }: Deed): void {
    if (what === 'a vCPU more') return;
    for (const key of known.keys()) if (key.startsWith(`${uuid} `)) known.delete(key);
  }
  for (const { apply } of events) apply();

  let brought = 0;
  for (const [key, is] of after) {
    const wanted = known.get(key)?.back ?? [before.get(key)];
    if (!wanted.includes(is))
      faults.push(`${key} has the affinity ${is} after restore, and not ${wanted.join(' or ')}`);
    else if (is !== before.get(key)) brought++;
  }

  for (const line of lines) {
    if (line.level !== 'warning' || line.event === 'failure') continue;
    const ms = Date.parse(line.time);
    const isDisturbed =
      isAway(ms) ||
      deeds.some(({ fromMs, toMs }) => ms >= fromMs - slackMs && ms <= toMs + slackMs + soaked.timeoutMs);
    if (!isDisturbed) faults.push(`${line.time}: ${line.message}`);
  }
  const failed = tried.length - moves.length;
  return {
    faults,
    tells: `${moves.length} pins of vcpusched and ${failed} that failed; ${byHand.length} by hand, ${foreign} of them of what vcpusched had pinned. ${changes.length} changes of affinity were seen, and each is one of these or a start. In the end \`restore\` brought back ${brought} (_${restored.text}_).`,
  };
}

function isNear(ms: number, fromMs: number, toMs: number): boolean {
  return ms >= fromMs - slackMs && ms <= toMs + slackMs;
}

/** The last third against the first one, after a tenth to warm up. */
function sizesOf({ figures, heap }: Soaked) {
  const heaps = heap
    .split('\n')
    .filter(Boolean)
    .map((line): { atMs: number; heapUsed: number; external: number; resources: number } => JSON.parse(line));
  const mb = (bytes: number) => bytes / 2 ** 20;
  const kinds = [
    { name: 'resident memory, MB', of: figures.map(({ rssMb }) => rssMb), share: 0.1, digits: 1 },
    { name: 'heap in use, MB', of: heaps.map(({ heapUsed }) => mb(heapUsed)), share: 0.15, digits: 1 },
    { name: 'outside of the heap, MB', of: heaps.map(({ external }) => mb(external)), share: 0.1, digits: 1 },
    { name: 'open files', of: figures.map(({ files }) => files), share: 0, digits: 0 },
    { name: 'threads', of: figures.map(({ threads }) => threads), share: 0, digits: 0 },
    { name: 'processes it has started', of: figures.map(({ children }) => children), share: 0, digits: 0 },
    { name: 'timers and handles of Node', of: heaps.map(({ resources }) => resources), share: 0, digits: 0 },
  ];
  const faults: string[] = [];
  const rows = kinds.map(({ name, of, share, digits }) => {
    const warm = of.slice(Math.ceil(of.length / 10));
    const third = Math.max(1, Math.floor(warm.length / 3));
    const [first, last] = [median(warm.slice(0, third)), median(warm.slice(-third))];
    if (last > first * (1 + share)) faults.push(`${name}: ${first} in the first third, ${last} in the last`);
    const text = (value: number) => value.toFixed(digits);
    return [
      name,
      text(first),
      text(last),
      text(Math.max(...of)),
      share === 0 ? 'nothing' : `${100 * share} %`,
    ];
  });
  return { faults, rows };
}

function deedsText(deeds: readonly Deed[]): string {
  const counts = new Map<string, number>();
  for (const { what, failure } of deeds) {
    const name = failure === undefined ? what : `${what} (libvirt would not)`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return `Done to the host: ${[...counts].map(([what, count]) => `${what} ${count}`).join(', ')}.`;
}
