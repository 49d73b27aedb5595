import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { tuning } from '../../src/balance/tuning.ts';
import { root } from './root.ts';

/** Other values for constants of src/balance/tuning.ts, by their names. */
export type Constants = Readonly<Record<string, number>>;

/**
 * Bundles a program of this folder with all that it uses of src/.
 * @param entry such as `support/decide-trial.ts`
 * @param constants replaced in the bundle; the product has no way to replace them
 * @returns the file of the bundle
 * @throws where a constant is not replaced, because there is none of its name or the program uses none
 */
export async function bundle(entry: string, name: string, constants: Constants = {}): Promise<string> {
  const outfile = join(root, 'node_modules/.cache/vcpusched-bench', `${name}.mjs`);
  const names = Object.keys(constants);
  const unknown = names.filter((each) => !(each in tuning));
  if (unknown.length > 0) throw new Error(`there is no constant ${unknown.join(', ')}`);
  let replaced = 0;
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
    plugins: [replaceConstants(constants, () => replaced++)],
  });
  if (names.length > 0 && replaced !== 1)
    throw new Error(`${entry} loads ${tuningFile} ${replaced} times: ${names.join(', ')} not replaced`);
  return outfile;
}

const tuningFile = 'src/balance/tuning.ts';

/** JSON has no Infinity, so the values are written as JavaScript has them. */
function replaceConstants(constants: Constants, onReplaced: () => void): Plugin {
  const entries = Object.entries(constants).map(([key, value]) => `${JSON.stringify(key)}: ${value}`);
  return {
    name: 'replace-constants',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/tuning\.ts$/ }, async ({ path }) => {
        if (path !== join(root, tuningFile)) return undefined;
        onReplaced();
        return {
          contents: `${await readFile(path, 'utf8')}\nObject.assign(tuning, { ${entries.join(', ')} });\n`,
          loader: 'ts' as const,
        };
      });
    },
  };
}
