import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from './root.ts';

/** Other values for constants of src/balance/tuning.ts, by their names. */
export type Constants = Readonly<Record<string, number>>;

/**
 * Bundles a program of this folder with all that it uses of src/.
 * @param entry such as `support/decide-trial.ts`
 * @param constants replaced in the bundle; the product has no way to replace them
 * @returns the file of the bundle
 */
export async function bundle(entry: string, name: string, constants: Constants = {}): Promise<string> {
  const outfile = join(root, 'node_modules/.cache/vcpusched-bench', `${name}.mjs`);
  await build({
    entryPoints: [join(root, 'bench', entry)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'warning',
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'bench/support')) },
    plugins: [replaceConstants(constants)],
  });
  return outfile;
}

/** JSON has no Infinity, so the values are written as JavaScript has them. */
function replaceConstants(constants: Constants): Plugin {
  const entries = Object.entries(constants).map(([key, value]) => `${JSON.stringify(key)}: ${value}`);
  return {
    name: 'replace-constants',
    setup: ({ onLoad }) => {
      onLoad({ filter: /src\/balance\/constants\.ts$/ }, async ({ path }) => ({
        contents: `${await readFile(path, 'utf8')}\nObject.assign(tuning, { ${entries.join(', ')} });\n`,
        loader: 'ts' as const,
      }));
    },
  };
}
