// Prints the tables of docs/evidence.md, or writes them there anew.
//
//   npm run build && node bench/run.js evidence standard small ...     prints these; without a name, all
//   node bench/run.js evidence --write ...                             puts them into docs/evidence.md
//   TRACES=A.csv,B.csv    the traces, which are not part of vcpusched
//   CLOCK_JOBS=6          runs at a time of the table `clock`, which takes as long as what it shows
//   BIN, BASELINE         another build, and to keep its figures: see support/baseline.ts
import { printTables } from './support/document.ts';
import { random, small, standard } from './tables/cases.ts';
import { clock } from './tables/clock.ts';
import { heavyTails, overloaded, restless } from './tables/hosts.ts';
import { policyTable } from './tables/policies.ts';
import { recordings, speed } from './tables/recordings.ts';
import { trace } from './tables/traces.ts';
import { waves } from './tables/waves.ts';

const tables = {
  standard,
  small,
  random,
  trace,
  policies: policyTable,
  clock,
  'heavy-tailed': () => heavyTails('heavy-tailed', 'clock'),
  sleepers: () => heavyTails('sleepers', 'sleep'),
  mixed: () => heavyTails('mixed', 'both'),
  overloaded,
  restless,
  bursts: waves,
  recordings,
  speed,
};

await printTables('docs/evidence.md', tables, process.argv.slice(2));
