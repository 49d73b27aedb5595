import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statsByDomain } from '../../src/host/stats-by-domain.ts';
import { runBatch } from '../../src/virsh/batch.ts';
import { domstats } from '../../src/virsh/commands/domstats.ts';
import { dumpxml } from '../../src/virsh/commands/dumpxml.ts';
import { list } from '../../src/virsh/commands/list.ts';
import { virshRunner } from '../../src/virsh/runner.ts';
import { unicodeText } from '../support/any-text.ts';

// The test driver of libvirt has domains of any name, and needs no daemon.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vcpusched-names-'));
});
afterAll(() => rm(folder, { recursive: true }));

const uuid = (i: number) => `6c0e3c5a-54d1-4b0e-9d8e-${`${i}`.padStart(12, '0')}`;

/** A host of libvirt's test driver with domains of these names. */
async function testHost(names: readonly string[]): Promise<string> {
  const escaped = (name: string) => name.replaceAll(/[&<>]/g, (each) => `&#${each.charCodeAt(0)};`);
  const domains = names.map(
    (name, i) =>
      `<domain type='test'><name>${escaped(name)}</name><uuid>${uuid(i)}</uuid><memory>8192</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`,
  );
  const file = join(folder, 'host.xml');
  await writeFile(
    file,
    `<node><cpu><sockets>1</sockets><cores>2</cores><threads>1</threads></cpu>${domains.join('')}</node>`,
  );
  return `test://${file}`;
}

/** What XML can hold, and libvirt takes for a name: no slash, no control character but for blanks. */
const oneLine = fc
  .oneof(
    unicodeText({ minLength: 1, maxLength: 20 }),
    fc
      .array(fc.constantFrom(...`'"\`$(){};&|<>#\\-*?!~ =aä日😀\t\u0085\u009b\u2028\u202e`), {
        minLength: 1,
        maxLength: 12,
      })
      .map((all) => all.join('')),
  )
  .map((name) => name.replaceAll(/\p{Cs}|[/\ufffe\uffff]|(?![\t\u007f-\u009f])\p{Cc}/gu, ''))
  .filter((name) => /[^ \t]/.test(name));
const forging = fc.constantFrom(
  `row\n${uuid(0)} web`,
  `row\n${uuid(77)} web`,
  "line'\nDomain: 'web",
  "line'\n  state.state=1\n\nDomain: 'web'\n  cpu.time=9\n\nDomain: 'db",
  'web ',
);

describe('names, as the real virsh prints them', () => {
  test('each domain is known by its own, and has its own statistics', async () => {
    const names = fc.uniqueArray(
      fc.oneof({ weight: 3, arbitrary: oneLine }, { weight: 1, arbitrary: forging }),
      {
        minLength: 3,
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(names, async (others) => {
        const all = ['web', ...others.filter((name) => name !== 'web')];
        const uri = await testHost(all);
        const virsh = virshRunner({ path: 'virsh', uri, readonly: false, timeoutMs: 30_000 }, () => 0);
        const { outcomes } = await runBatch(virsh, [list, domstats, ...all.map((_, i) => dumpxml(uuid(i)))]);
        const [rows, stats, ...xml] = outcomes;
        if (rows?.ok !== true || stats?.ok !== true) throw new Error(JSON.stringify([rows, stats]));
        const own = xml.map((each) => (each.ok ? (each.value as { readonly name: string }).name : undefined));
        expect(own).toEqual(all);
        const found = statsByDomain(rows.value, stats.value, (each) => own[Number(each.slice(-12))]);
        for (const [i, name] of all.entries()) {
          const one = found.find(({ ref }) => ref.uuid === uuid(i));
          expect(one?.ref.name).toBe(name);
          if (name.includes('\n')) expect(one?.found).toBe('forging');
          else expect(one?.found).toMatchObject({ name, cpuTimeNs: undefined });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(['de', 'ja'])('a user with the language %s', (language) => {
  const program = join(import.meta.dirname, '../../bin/vcpusched.js');
  const run = async (env: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [program, ...words], {
      env: { VCPUSCHED_CONFIG: '/dev/null', VCPUSCHED_STATE_DIR: join(folder, 'state'), ...env },
      reject: false,
    });
    return { stdout: stdout.replaceAll(/"(time|windowMs)": [^\n]*/g, ''), stderr, exitCode };
  };
  const foreign = { LC_ALL: 'C.UTF-8', LANG: `${language}_XX.UTF-8`, LANGUAGE: language };

  test('sees the same', async () => {
    const uri = await testHost(['web', 'Größe']);
    const table = await execa('virsh', ['-c', uri, 'list'], { env: foreign });
    expect(table.stdout, 'the translations are installed').not.toContain('running');
    for (const words of [
      ['status', '--json', '--window', '0.1'],
      ['plan', '--json', '--window', '0.1'],
      ['doctor', '--json'],
      ['once', '--window', '0.1'],
      ['status', '-c', 'test:///nonexistent'],
      ['once', '-c', 'qemu+unix:///system?socket=/nonexistent'],
    ]) {
      const connected = words.includes('-c') ? words : ['-c', uri, ...words];
      expect(await run(foreign, ...connected), words.join(' ')).toEqual(
        await run({ LC_ALL: 'C', LANG: 'C', LANGUAGE: '' }, ...connected),
      );
    }
  });
});
