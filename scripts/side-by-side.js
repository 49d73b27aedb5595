// Runs scripts of package.json side by side:
//
//   node scripts/side-by-side.js NAME ...
//
// Each is told in a line when it ends, and one that fails with all that it has said. Ends with 1 where any has failed.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const results = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = results.every((isWell) => isWell) ? 0 : 1;

/** @returns whether it went well */
async function run(name) {
  const startMs = performance.now();
  const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const isWell = status === 0;
  const took = `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  process.stdout.write(isWell ? `${name}: well, ${took}\n` : `${name}: FAILED, ${took}\n${out}${err}\n`);
  return isWell;
}
