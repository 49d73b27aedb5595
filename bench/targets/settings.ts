import assert from 'node:assert/strict';
import * as v from 'valibot';
import { parse } from '../../src/cli/parse.ts';
import { domainFilter } from '../../src/config/domain-filter.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { readSettings } from '../../src/config/settings.ts';
import { sweepSettings } from '../../src/config/sweep.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { formatCpuSet, parseCpuList, parseKernelCpuList } from '../../src/model/cpu-set.ts';
import {
  address,
  capacity,
  cpuList,
  maintenanceWindow,
  moment,
  size,
  time,
} from '../../src/options/values.ts';
import { connectionFolder } from '../../src/state/connection.ts';
import type { Target } from '../support/fuzz-loop.ts';

const schemas = [address, capacity, cpuList, maintenanceWindow, moment, size, time('from 0', '1d')];

/** What people and programs set. */
export const settings: readonly Target[] = [
  {
    name: 'CPU lists',
    files: ['src/model/cpu-set.ts'],
    seeds: ['0-3,8,^2', '0-16383', '0-6:2', '0-9:2/5', '(null)', '1,', '3-1'],
    words: ['0-16383', ':2/3', ',^', '^0-7', '-'],
    run: (text) => {
      const sets = [inRange(() => parseCpuList(text)), parseKernelCpuList(text)];
      for (const set of sets) {
        if (set === undefined || set.length === 0) continue;
        assert(set.every((cpu, i) => cpu < 16_384 && (i === 0 || cpu > (set[i - 1] ?? 0))));
        assert.deepEqual(parseCpuList(formatCpuSet(set)), set);
      }
    },
  },
  {
    name: 'values',
    files: ['src/options/values.ts'],
    seeds: [
      '5s',
      '10m',
      '0.5h',
      '2G',
      '4-7=0.6',
      '127.0.0.1:9719',
      '[::1]:80',
      'Sat,Sun 01:00-05:00',
      'Mon-Fri 22:00-06:00',
      '2026-11-27 14:00',
      '2026-11-27T14:00:00.5Z',
    ],
    run: (text) => {
      for (const schema of schemas) {
        const result = v.safeParse(schema as v.GenericSchema<string, unknown>, text);
        if (!result.success) continue;
        assert(!JSON.stringify(result.output).includes('null'), 'a value that is no number');
      }
    },
  },
  {
    name: 'globs',
    files: ['src/config/domain-filter.ts', 'src/config/glob.ts'],
    seeds: [
      'web-*\u0001web-1',
      '{db,web}-?\u0001db-2',
      '[a-c]*\u0001beta',
      '+(a|b)c\u0001abc',
      '*a*a*a*a*b\u0001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
    words: [
      '\u0001',
      '*',
      '**',
      '?',
      '{',
      '}',
      ',',
      '[!',
      '[[:alpha:]]',
      '+(',
      '*(',
      '@(',
      '!(',
      '|',
      ')',
      '{1..9}',
      '(a+)+',
    ],
    mostCharacters: 400,
    mostMs: 100,
    run: (text) => {
      const [pattern = '', name = ''] = text.split('\u0001');
      if (pattern === '') return;
      const domain = { uuid: '', name };
      let isIn: boolean;
      try {
        isIn = domainFilter([pattern], [])(domain) === undefined;
      } catch (error) {
        if (error instanceof VcpuschedError || error instanceof RangeError) return;
        throw error;
      }
      assert.equal(isIn, domainFilter([], [pattern])(domain) !== undefined);
      if (pattern === name) assert(isIn);
    },
  },
  {
    name: 'command line',
    files: ['src/cli/parse.ts', 'src/config/environment.ts', 'src/config/settings.ts', 'src/config/sweep.ts'],
    seeds: [
      'once\n--domain\nweb-*\n--window=3',
      'simulate\nx.toml\n--sweep\nhigh=80,90',
      'watch\n5s\n-v\n--cpus\n0-3',
      '-c\ntest:///default\nstatus\n--json',
      '--\n-x',
      '007\n0x10',
    ],
    // cac copies all values of an option with each further one. Nobody but who types the command line can make it long.
    mostCharacters: 4000,
    run: (text) => {
      try {
        const { raw } = parse(text.split('\n'));
        sweepSettings(readSettings(raw));
        const variables = text.split('\n').map((word, i) => [`VCPUSCHED_${word.toUpperCase()}`, `${i}`]);
        readEnvironment(Object.fromEntries(variables));
      } catch (error) {
        if (!(error instanceof VcpuschedError)) throw error;
        assert.equal(error.status, 64);
      }
    },
  },
  {
    name: 'connections',
    files: ['src/state/connection.ts'],
    seeds: ['qemu+ssh://root@host/system?no_tty=1&socket=/x', 'qemu:///session', 'test:///default'],
    run: (text) => {
      assert.match(connectionFolder(text), /^[A-Za-z0-9-]{1,80}$/);
    },
  },
];

function inRange<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
