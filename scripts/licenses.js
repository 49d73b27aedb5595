import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';

/**
 * Copies the licence and the notices of every package that is bundled into dist/ to dist/licenses/NAME/.
 * @source esbuild's metafile, which is the argument, and goes with it
 */
const [metafile] = process.argv.slice(2);
const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'));
const folders = new Set(
  Object.keys(inputs).flatMap((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
);
if (folders.size === 0) throw new Error(`${metafile}: no package is bundled`);

for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  // A package without the text names its licence and its author there.
  if (files.length === 0) files.push('package.json');
  if (license === undefined) throw new Error(`${folder}: there is no licence`);
  const usual = `dist/licenses/${name}`;
  // Two versions of one package may be bundled.
  const target = existsSync(usual) ? `${usual}@${version}` : usual;
  mkdirSync(target, { recursive: true });
  for (const file of files) cpSync(`${folder}/${file}`, `${target}/${file}`, { recursive: true });
}
rmSync(metafile);
