/** How a load is shown: darker the more it is (on a dark page brighter), hatched above what a pCPU can do. */
export const loadLevels: readonly LoadLevel[] = [
  { text: '0 to 20 %', upToPct: 20, fill: 'var(--load-1)' },
  { text: '20 to 40 %', upToPct: 40, fill: 'var(--load-2)' },
  { text: '40 to 60 %', upToPct: 60, fill: 'var(--load-3)' },
  { text: '60 to 80 %', upToPct: 80, fill: 'var(--load-4)' },
  { text: '80 to 100 %', upToPct: 100.05, fill: 'var(--load-5)' },
  {
    text: 'above 100 %: more is wanted than there is',
    upToPct: Number.POSITIVE_INFINITY,
    fill: 'url(#over)',
  },
];

export type LoadLevel = { readonly text: string; readonly upToPct: number; readonly fill: string };
