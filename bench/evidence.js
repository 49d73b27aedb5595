// Prints the tables of docs/evidence.md, or writes them there anew.
//
//   node bench/evidence.js standard small ...    prints these; without a name, all
//   node bench/evidence.js --write ...           puts them into docs/evidence.md
//   TRACE=FILE                                   where the trace is (default: planetlab-20110303.csv here)
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fewestMoves, heavyTailed, randomHosts, squareWaves } from './hosts.js';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'bin/vcpusched.js');
const scenarios = join(root, 'fixtures/scenarios');
const document = join(root, 'docs/evidence.md');
const trace = process.env.TRACE ?? 'planetlab-20110303.csv';
const folder = mkdtempSync(join(tmpdir(), 'vcpusched-evidence-'));
const policies = ['threshold', 'stddev', 'busiest', 'lightest', 'spread', 'none'];

const tables = {
  standard: () => {
    const results = simulate(scenarioFiles('standard'));
    return [
      balanceTable('case', results, [
        ['**all**', count(results), sum(results, 'moves'), sum(results, 'movesAfterBalance'), '', ''],
      ]),
      verdict(
        'every case by the first decision',
        results.every((each) => each.balancedByFirstDecision),
      ),
      verdict('at most 36 moves', sum(results, 'moves') <= 36),
      verdict('none after', sum(results, 'movesAfterBalance') === 0),
    ];
  },

  small: () => {
    const wanted = { 'sixteen-on-eight': 14, 'full-on-four': 6, 'three-on-eight': 2 };
    const results = simulate(Object.keys(wanted).map((name) => join(scenarios, `${name}.toml`)));
    const isSo = ({ input, moves }) => moves === wanted[nameOf(input)];
    return [
      balanceTable('host', results),
      verdict(
        'by the first decision, with 14, 6 and 2 moves and none after',
        results.every((each) => each.balancedByFirstDecision && isSo(each) && each.movesAfterBalance === 0),
      ),
    ];
  },

  random: () => {
    const hosts = randomHosts(200);
    const results = simulate(
      hosts.map(({ toml }, i) => scenario(`random-${i}`, toml)),
      ['--cycles', '10'],
    );
    const byInput = new Map(results.map((each) => [nameOf(each.input), each]));
    const rows = hosts.map((host, i) => {
      const { moves, finalSd, bestSd, balancedByFirstDecision, bestSdSearch } = byInput.get(`random-${i}`);
      const fewest = fewestMoves(host, finalSd);
      return {
        balanced: finalSd <= bestSd + 5,
        first: balancedByFirstDecision,
        moves,
        fewest,
        exact: bestSdSearch === 'exact',
      };
    });
    const balanced = rows.filter((row) => row.balanced).length;
    const least = rows.filter(({ moves, fewest }) => moves <= fewest).length;
    return [
      markdown(
        [
          'hosts',
          'best spread exact',
          'balanced',
          'by the first decision',
          'moves',
          'fewest for the spread reached',
          'with the fewest',
        ],
        [
          [
            rows.length,
            rows.filter(({ exact }) => exact).length,
            balanced,
            rows.filter(({ first }) => first).length,
            sum(rows, 'moves'),
            sum(rows, 'fewest'),
            percent(least / rows.length),
          ],
        ],
      ),
      verdict('all balanced', balanced === rows.length),
      verdict('the fewest moves in at least 90 %', least / rows.length >= 0.9),
    ];
  },

  trace: () => {
    const runs = [
      ['64 on 8, rows at 30 s', ['--vms', '64', '--pcpus', '8', '--period', '30'], 1, 25],
      ['64 on 8, rows at 300 s', ['--vms', '64', '--pcpus', '8', '--period', '300'], 0.1, 5],
      ['256 on 24 at 0.6, rows at 30 s', ['--pcpus', '24', '--scale', '0.6', '--period', '30'], 0.2, 12],
    ];
    return runs.flatMap(([name, options, starvation, rate]) => {
      const results = simulate([trace], [...options, '--jitter', '0.1', '--policy', 'all']);
      const [first] = results;
      const own = results.find(({ policy }) => policy === 'threshold');
      return [
        markdown(
          [name, 'above the oracle, % of demand', 'moves per vCPU-hour', 'unbalanced', 'late moves'],
          results.map((each) => [
            each.policy,
            hundredths(each.excessPct),
            each.movesPerVcpuHour.toFixed(1),
            percent(each.unbalancedShare),
            each.movesAfterBalance,
          ]),
        ),
        verdict(
          `at most ${starvation} % with at most ${rate} moves per vCPU-hour`,
          own.excessPct <= starvation && own.movesPerVcpuHour <= rate,
        ),
        verdict('threshold ahead of the other five', first.policy === 'threshold'),
      ];
    });
  },

  policies: () => {
    const files = [...scenarioFiles('standard'), ...scenarioFiles('.')].filter(
      (file) => !/demo|odd-names/.test(file),
    );
    const rows = files.map((file) => {
      const results = simulate(
        [file],
        ['--policy', 'all', ...(/slow-day/.test(file) ? ['--interval', '30'] : [])],
      );
      const cell = (policy) => {
        const { excessPct, moves, balancedByFirstDecision } = results.find((each) => each.policy === policy);
        return `${hundredths(excessPct)} / ${moves}${balancedByFirstDecision ? '' : ' !'}`;
      };
      return [nameOf(file), ...policies.map(cell)];
    });
    return [markdown(['scenario', ...policies], rows)];
  },

  'heavy-tailed': () => {
    const rows = [
      [128, 32],
      [1024, 128],
    ].flatMap(([vcpus, pcpus]) => {
      const files = [1, 2, 3, 4, 5, 6].map((seed) =>
        scenario(`${vcpus}-on-${pcpus}-host-${seed}`, heavyTailed(vcpus, pcpus, seed)),
      );
      return simulate(files, ['--cycles', '60']);
    });
    return [
      balanceTable('host', rows),
      verdict(
        '(beyond) all by one decision',
        rows.every((each) => each.balancedByFirstDecision),
      ),
      verdict('(beyond) no move after', sum(rows, 'movesAfterBalance') === 0),
    ];
  },

  bursts: () => {
    const random = [1, 2, 3, 4].map((seed) => scenario(`random-waves-${seed}`, squareWaves(seed)));
    const files = [join(scenarios, 'bursts.toml'), ...random];
    const results = simulate(files, ['--policy', 'all']);
    const own = results.filter(({ policy }) => policy === 'threshold');
    const of = (file, policy) => results.find((each) => each.input === file && each.policy === policy);
    const cell = ({ excessPct, movesPerVcpuHour }) =>
      `${hundredths(excessPct)} / ${movesPerVcpuHour.toFixed(0)}`;
    const rows = files.map((file) => [nameOf(file), ...policies.map((policy) => cell(of(file, policy)))]);
    return [
      markdown(['host', ...policies], rows),
      verdict(
        '(beyond) within 0.3 points, under 200 moves per vCPU-hour',
        own.every((each) => each.excessPct <= 0.3 && each.movesPerVcpuHour < 200),
      ),
    ];
  },

  recordings: () => {
    const host = scenario(
      'five-hundred',
      'pcpus = 64\n[[domains]]\nname = "guest-%d"\ncount = 500\naffinity = "in-turn"\ndemand = 15\nnoise = 5\n',
    );
    const state = join(folder, 'host');
    const file = join(folder, 'recording.ndjson');
    const virsh = join(root, 'bin/virsh-sim.js');
    execFileSync(virsh, ['init', state, host]);
    run('record', file, '--every', '5s', '--for', '60s', '-c', `sim://${state}`, '--virsh', virsh);
    const lines = readFileSync(file, 'utf8').split(/(?<=\n)/);
    const bytes = (kind, size) => {
      const own = lines.filter((line) => line.includes(`"kind":"${kind}"`)).map(size);
      return own.reduce((all, each) => all + each, 0) / own.length;
    };
    const perDay = 86_400 / 5;
    const aDay = (size) =>
      ((bytes('header', size) + bytes('full', size)) * perDay) / 100 + bytes('delta', size) * perDay * 0.99;
    const [plain, zipped] = [
      aDay((line) => Buffer.byteLength(line)),
      aDay((line) => gzipSync(line).length + 10),
    ];
    return [
      markdown(
        ['a day of 500 vCPUs at 5 s, from a minute of it', 'MB'],
        [
          ['plain', (plain / 1e6).toFixed(0)],
          ['gzipped', (zipped / 1e6).toFixed(0)],
        ],
      ),
      verdict('below 1,500 MB', plain < 1.5e9),
    ];
  },

  speed: () => {
    const told = join(folder, 'memory');
    const hook = `import{writeFileSync}from'node:fs';import{isMainThread}from'node:worker_threads';process.on('exit',()=>isMainThread&&writeFileSync(${JSON.stringify(told)},String(process.resourceUsage().maxRSS)))`;
    const rows = ['1', '2'].map((jobs) => {
      const start = performance.now();
      execFileSync(process.execPath, [
        '--import',
        `data:text/javascript,${encodeURIComponent(hook)}`,
        bin,
        'simulate',
        join(scenarios, 'large-1024.toml'),
        '--cycles',
        '1000',
        '--jobs',
        jobs,
        '--quiet',
      ]);
      return [jobs, (performance.now() - start) / 1000, Number(readFileSync(told, 'utf8')) / 1024];
    });
    return [
      markdown(
        ['--jobs', 'seconds', 'most memory of the process, MB'],
        rows.map(([jobs, seconds, memory]) => [jobs, seconds.toFixed(1), memory.toFixed(0)]),
      ),
      verdict(
        'under 20 s and 300 MB',
        rows.every(([, seconds, memory]) => seconds < 20 && memory < 300),
      ),
    ];
  },
};

try {
  const [first, ...rest] = process.argv.slice(2);
  const names = first === '--write' ? rest : [first, ...rest].filter(Boolean);
  for (const name of names.length > 0 ? names : Object.keys(tables)) {
    if (name === 'trace' && !existsSync(trace)) {
      process.stderr.write(`trace: left out, there is no ${trace}\n`);
      continue;
    }
    const text = tables[name]().join('\n\n');
    process.stdout.write(`${name}\n\n${text}\n\n`);
    if (first === '--write') writeFileSync(document, replaced(readFileSync(document, 'utf8'), name, text));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Without a sign on nothing. */
function hundredths(pct) {
  return pct.toFixed(2).replace(/^-(0\.00)$/, '$1');
}

function replaced(page, name, text) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no place for ${name}`);
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The results of one run of `vcpusched simulate`, in the order in which it prints them. */
function simulate(files, options = []) {
  return JSON.parse(run('simulate', ...files, ...options, '--json')).results;
}

function run(...args) {
  return execFileSync(process.execPath, [bin, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function scenario(name, toml) {
  const file = join(folder, `${name}.toml`);
  writeFileSync(file, toml);
  return file;
}

function scenarioFiles(directory) {
  const files = readdirSync(join(scenarios, directory)).filter((name) => name.endsWith('.toml'));
  return files.map((name) => join(scenarios, directory, name));
}

function balanceTable(what, results, more = []) {
  const head = [what, 'balanced by the first decision', 'moves', 'after balance', 'spread', 'best'];
  return markdown(head, [...results.map(balanceRow), ...more]);
}

function balanceRow({
  input,
  balancedByFirstDecision,
  moves,
  movesAfterBalance,
  finalSd,
  bestSd,
  bestSdSearch,
}) {
  const best = `${bestSdSearch === 'exact' ? '' : '≤ '}${bestSd.toFixed(1)}`;
  return [
    nameOf(input),
    balancedByFirstDecision ? 'yes' : 'no',
    moves,
    movesAfterBalance,
    finalSd.toFixed(1),
    best,
  ];
}

function nameOf(file) {
  return basename(file).replace(/\.\w+$/, '');
}

function count(results) {
  return `${results.filter((each) => each.balancedByFirstDecision).length} of ${results.length}`;
}

function sum(rows, key) {
  return rows.reduce((total, row) => total + row[key], 0);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function verdict(wanted, isMet) {
  return `Wanted: ${wanted}. **${isMet ? 'Met' : 'Missed'}.**`;
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
