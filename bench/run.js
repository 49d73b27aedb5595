// Runs a measurement that is written in TypeScript, whatever the version of Node:
//
//   node bench/run.js ablate --help        bundles bench/ablate.ts and runs it
//
// Node 22.18 or later also runs bench/ablate.ts itself.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  plugins: [{ name: 'places', setup: (bundle) => bundle.onLoad({ filter: /\.ts$/ }, withItsPlace) }],
});
await import(pathToFileURL(outfile).href);

/** A bundle stands elsewhere than its sources. What support/bundle.ts quotes is for another bundle. */
async function withItsPlace({ path }) {
  const text = await readFile(path, 'utf8');
  const placed = text
    .replaceAll(/(?<!')import\.meta\.dirname/g, JSON.stringify(dirname(path)))
    .replaceAll(/(?<!')import\.meta\.url/g, JSON.stringify(pathToFileURL(path).href));
  return { contents: placed, loader: 'ts' };
}
