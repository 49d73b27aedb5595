import type { TopDomain } from './top-model.ts';

/** What of a host is looked at, and how. Keys change it. */
export type TopView = {
  readonly sort: Order;
  /** the UUID of the chosen domain; undefined: whichever is first */
  readonly chosen: string | undefined;
  /** what is told besides the domains */
  readonly panel: Panel;
  /** whether that has the whole height below the pCPUs; then its first line */
  readonly zoomed: number | undefined;
  readonly search: string;
  /** whether keys are letters of the search */
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  readonly isHelp: boolean;
};

export const orders = ['ready', 'demand', 'moves', 'name'] as const;
export type Order = (typeof orders)[number];

export const panels = ['vCPUs', 'plan', 'moves'] as const;
export type Panel = (typeof panels)[number];

export const firstView: TopView = {
  sort: 'ready',
  chosen: undefined,
  panel: 'vCPUs',
  zoomed: undefined,
  search: '',
  isTyping: false,
  isPaused: false,
  isHelp: false,
};

/** What is on the screen now, which keys refer to. */
export type Shown = {
  /** in the order of the rows */
  readonly domains: readonly TopDomain[];
  /** rows of a page */
  readonly page: number;
  /** the last line that a zoomed panel can start with */
  readonly last: number;
};

/**
 * What a key makes of a view.
 * @param key a character, or the name of another key as `Screen` has it
 */
export function pressed(view: TopView, key: string, shown: Shown): TopView | 'quit' {
  if (key === 'ctrl-c' || key === 'f10') return 'quit';
  if (view.isTyping) return typed(view, key, shown);
  if (view.isHelp) return { ...view, isHelp: false };
  const step = stepOf(key, shown.page);
  if (step !== undefined) {
    if (view.zoomed !== undefined)
      return { ...view, zoomed: Math.max(0, Math.min(shown.last, view.zoomed + step)) };
    return { ...view, chosen: shown.domains[at(placeOf(view, shown) + step, shown)]?.domain.uuid };
  }
  switch (key) {
    case 'q':
      return 'quit';
    case 'h':
    case '?':
    case 'f1':
      return { ...view, isHelp: true };
    case 's':
    case 'f6':
      return { ...view, sort: after(orders, view.sort) };
    case 'tab':
      return { ...view, panel: after(panels, view.panel), zoomed: view.zoomed && 0 };
    case 'enter':
      return { ...view, zoomed: view.zoomed === undefined ? 0 : undefined };
    case 'escape':
      return { ...view, zoomed: undefined, search: '' };
    case 'p':
      return { ...view, isPaused: !view.isPaused };
    case '/':
    case 'f3':
      return { ...view, isTyping: true, search: '', zoomed: undefined };
    case 'n':
      return found(view, shown, 1);
    case 'N':
      return found(view, shown, -1);
    default:
      return view;
  }
}

/** How far a key goes; undefined where it is none that goes. */
function stepOf(key: string, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -page,
    b: -page,
    pagedown: page,
    f: page,
    ' ': page,
    home: Number.NEGATIVE_INFINITY,
    g: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
  };
  return Object.hasOwn(steps, key) ? steps[key] : undefined;
}

/** A search goes to the first that it fits, with each letter anew, from where it is. */
function typed(view: TopView, key: string, shown: Shown): TopView {
  if (key === 'enter') return { ...view, isTyping: false };
  if (key === 'escape') return { ...view, isTyping: false, search: '' };
  const isLetter = [...key].length === 1;
  if (key !== 'backspace' && !isLetter) return view;
  if (key === 'backspace' && view.search === '') return { ...view, isTyping: false };
  const search = isLetter ? view.search + key : [...view.search].slice(0, -1).join('');
  return found({ ...view, search }, shown, 0);
}

/** Chooses the next one that the search fits, or leaves the choice where there is none. */
function found(view: TopView, shown: Shown, step: -1 | 0 | 1): TopView {
  if (view.search === '') return view;
  const { domains } = shown;
  const from = placeOf(view, shown) + step;
  const way = step === -1 ? -1 : 1;
  for (let i = 0; i < domains.length; i++) {
    const each = domains[(from + i * way + 2 * domains.length) % domains.length];
    if (each !== undefined && fits(view, each)) return { ...view, chosen: each.domain.uuid };
  }
  return view;
}

/** Whether the search fits a domain, in whatever case. */
export function fits({ search }: Pick<TopView, 'search'>, { domain }: TopDomain): boolean {
  return search !== '' && domain.name.toLowerCase().includes(search.toLowerCase());
}

/** The place of the chosen domain among those shown; 0 where it is gone. */
export function placeOf({ chosen }: Pick<TopView, 'chosen'>, { domains }: Pick<Shown, 'domains'>): number {
  return Math.max(
    0,
    domains.findIndex(({ domain }) => domain.uuid === chosen),
  );
}

function at(place: number, { domains }: Shown): number {
  return Math.max(0, Math.min(domains.length - 1, place));
}

function after<T>(all: readonly T[], one: T): T {
  return all[(all.indexOf(one) + 1) % all.length] ?? one;
}

/** The domains in the order of a view: the largest first, then as people count. */
export function inOrder(domains: readonly TopDomain[], sort: Order): readonly TopDomain[] {
  const figure = figures[sort];
  return domains.toSorted((a, b) => figure(b) - figure(a) || byName(a, b));
}

const figures: Readonly<Record<Order, (domain: TopDomain) => number>> = {
  ready: ({ readyPct = -1 }) => Math.round(readyPct),
  demand: ({ demandPct }) => Math.round(demandPct),
  moves: ({ made, planned }) => made + planned.length,
  name: () => 0,
};

const collator = new Intl.Collator('en', { numeric: true });

function byName({ domain: a }: TopDomain, { domain: b }: TopDomain): number {
  return collator.compare(a.name, b.name) || (a.uuid < b.uuid ? -1 : 1);
}
