// How time and memory grow with what others can make large, as docs/reliability.md has it.
//
//   node bench/run.js sizes [--write] [NAME ...]     without a name, all
//
//   --write          puts the table into docs/reliability.md
//
// Each is run at half of its size and at all of it, in processes of their own. Ends with 1 where one grows faster.
import { execFileSync } from 'node:child_process';
import { bundle } from './support/bundle.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import type { Taken } from './support/sizes-trial.ts';
import { type Size, sizes } from './targets/sizes.ts';

/** Twice the work takes twice the time, and somewhat more for the memory. */
const mostGrowth = 1.3;

const words = process.argv.slice(2);
const names = words.filter((word) => word !== '--write');
const program = await bundle('support/sizes-trial.ts', 'sizes-trial');
const options = words.filter((word) => word === '--write');
await printTables('docs/reliability.md', { sizes: table }, options);

function table(): readonly string[] {
  let isMet = true;
  const chosen = sizes.filter(({ name }) => names.length === 0 || names.includes(name));
  const rows = chosen.map((each) => {
    const [half, all] = [inProcess(each, each.count / 2), inProcess(each, each.count)];
    const growth = all.seconds / half.seconds;
    const given = all.bytes / half.bytes;
    // What takes no time grows as it likes.
    const isLinear = growth <= mostGrowth * given || all.seconds < 0.2;
    isMet &&= isLinear;
    const figures = [(all.bytes / 1e6).toFixed(1), all.seconds.toFixed(2), all.peakMb.toFixed(0)];
    return [each.name, ...figures, given.toFixed(1), `${growth.toFixed(1)}${isLinear ? '' : ' !'}`];
  });
  if (!isMet) process.exitCode = 1;
  const head = ['', 'MB to read', 'CPU s', 'most memory, MB', 'growth of what is read', 'growth of the time'];
  return [
    markdown(head, rows),
    verdict(`the time grows at most ${mostGrowth} times as what is read (\`!\` where not)`, isMet),
  ];
}

function inProcess({ name }: Size, count: number): Taken {
  const text = execFileSync(process.execPath, ['--max-old-space-size=6000', program, name, `${count}`], {
    encoding: 'utf8',
  });
  process.stderr.write(`${name}, ${count}: ${text}\n`);
  return JSON.parse(text);
}
