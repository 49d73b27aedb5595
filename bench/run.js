// Runs a measurement that is written in TypeScript, whatever the version of Node:
//
//   node bench/run.js ablate --help        bundles bench/ablate.ts and runs it
//
// Node 22.18 or later also runs bench/ablate.ts itself.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [name] = process.argv.splice(2, 1);
const root = join(import.meta.dirname, '..');
const outfile = join(root, `node_modules/.cache/vcpusched-bench/${name}.mjs`);
await build({
  entryPoints: [join(import.meta.dirname, `${name}.ts`)],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'warning',
  // A bundle stands elsewhere than its source.
  define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
});
await import(pathToFileURL(outfile).href);
