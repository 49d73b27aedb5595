import { describe, expect, test } from 'vitest';
import { status } from '../../src/commands/status.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { guest, simHost } from '../support/sim-host.ts';
import { about } from '../support/sim-in-memory.ts';

async function runStatus(raw: RawSettings, options: FakeContextOptions = {}) {
  const host = simHost(2, [guest(1, { demands: [80, 80] }), guest(2, { affinity: [1], demands: [10] })]);
  const given = fakeContext({ host, ...options });
  return { exit: await status(readSettings(raw), given.context), out: given.output.out(), ...given };
}

test('the pCPUs with their load, and the vCPUs on each with usage, demand and ready', async () => {
  const { out, exit } = await runStatus({});
  expect(out.split('\n').slice(0, 4)).toEqual([
    'pCPU  load                         domain   vCPU  usage  demand  ready  affinity',
    '   0  ####################  160 %  guest-1     0   50 %    80 %   30 %  0',
    '                                   guest-1     1   50 %    80 %   30 %  0',
    '   1  #                      10 %  guest-2     0   10 %    10 %    0 %  1',
  ]);
  expect(exit).toBe(0);
});

test.each([
  ['auto', false, false],
  ['auto', true, true],
  ['always', false, true],
  ['never', true, false],
])('--color %s where the terminal has colour: %s', async (color, terminal, dressed) => {
  const { out } = await runStatus({ color }, { terminal: { color: terminal } });
  expect(out.includes('\u001b[')).toBe(dressed);
});

test('--json has no colour, and the figures', async () => {
  const { out } = await runStatus({ json: true, color: 'always' });
  expect(JSON.parse(out)).toMatchObject({
    formatVersion: 1,
    command: 'status',
    pcpus: [
      { pcpu: 0, cell: 0, socket: 0, core: 0, loadPct: about(160), vcpus: 2 },
      { pcpu: 1, loadPct: about(10), vcpus: 1 },
    ],
    vcpus: [
      { usagePct: about(50), delayPct: about(30), demandPct: about(80), pcpu: 0 },
      { vcpu: 1 },
      { usagePct: about(10) },
    ],
    leftAlone: [],
  });
});

test('it reads, over a read-only connection, and never pins', async () => {
  const { virshOptions, calls } = await runStatus({});
  expect(virshOptions).toMatchObject([{ readonly: true }]);
  expect(calls.flatMap(({ commands }) => commands).filter((command) => command.includes('vcpupin'))).toEqual(
    [],
  );
});

test('--quiet prints nothing', async () => {
  expect((await runStatus({ quiet: true })).out).toBe('');
});

describe('what is listed', () => {
  test('--domain leaves out rows, not load', async () => {
    const { out } = await runStatus({ domain: ['guest-2'] });
    expect(out.split('\n').slice(1, 3)).toEqual([
      '   0  ####################  160 %',
      '   1  #                      10 %  guest-2     0   10 %    10 %    0 %  1',
    ]);
    expect(out).toContain('qemu:///system: 2 pCPUs, 2 domains, 3 vCPUs, measured over 2.0 s\n');
    expect(out).not.toContain('left alone');
  });

  test('--pcpu and --sort', async () => {
    expect((await runStatus({ pcpu: '1' })).out).not.toContain('guest-1  ');
    expect((await runStatus({ sort: 'load' })).out).toMatch(/^.*\n {3}0 /);
  });

  test('a pCPU that is not online is told', async () => {
    const { out, output } = await runStatus({ pcpu: '1,7-8' });
    expect(output.err()).toBe('vcpusched: --pcpu 7-8: not online on this host\n');
    expect(out).toContain('guest-2 ');
  });

  test('none of it changes the JSON', async () => {
    const whole = JSON.parse((await runStatus({ json: true })).out);
    const some = await runStatus({ json: true, pcpu: '1', sort: 'load', summary: true });
    expect(JSON.parse(some.out)).toEqual(whole);
  });
});

describe('a large host', () => {
  const large = (pcpus: number) => ({ host: simHost(pcpus, [guest(1)]) });
  const at = (raw: RawSettings, pcpus: number, isTty = true) =>
    runStatus(raw, { ...large(pcpus), terminal: { isTty } });
  const hint = 'vCPUs are not listed above 64 pCPUs: --verbose lists all, --pcpu and --domain some\n';

  test.each<[string, RawSettings, number, boolean]>([
    ['64 pCPUs', {}, 64, true],
    ['a pipe', {}, 65, false],
    ['--verbose', { verbose: true }, 65, true],
    ['--domain', { domain: ['guest-1'] }, 65, true],
    ['--pcpu', { pcpu: '0-3' }, 65, true],
  ])('%s: vCPUs are listed', async (_, raw, pcpus, isTty) => {
    const { out } = await at(raw, pcpus, isTty);
    expect(out).toMatch(/^pCPU .* domain /);
    expect(out).not.toContain(hint);
  });

  test('at a terminal vCPUs are not listed, and how to see them is told', async () => {
    const { out } = await at({}, 65);
    expect(out).toMatch(/^pCPU .* vCPUs /);
    expect(out.endsWith(hint)).toBe(true);
  });

  test('--summary is no surprise, and needs no hint', async () => {
    const { out } = await at({ summary: true }, 65);
    expect(out).toMatch(/^pCPU .* vCPUs /);
    expect(out).not.toContain(hint);
  });
});
