import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { quiet } from './support/quiet.ts';

// What one `plan` says at its first look, again and again: no look may be the unlucky one.
// RUNS=24 npx vitest run --config test/real/vitest.config.ts test/real/first-look.test.ts
const runs = Number(process.env['RUNS'] ?? 4);

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
beforeEach(quiet);
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

type Plan = {
  readonly summary: string;
  readonly moves: readonly {
    readonly domain: { readonly name: string };
    readonly from: string;
    readonly to: string;
  }[];
  readonly pcpus: readonly { readonly pcpu: number; readonly backgroundPct: number }[];
  readonly vcpus: readonly { readonly domain: { readonly name: string }; readonly demandPct: number }[];
};

async function plan(): Promise<Plan> {
  return JSON.parse((await vcpusched(host, ['plan', '--window', '2', '--json'])).stdout);
}

async function plans(): Promise<readonly Plan[]> {
  const made: Plan[] = [];
  for (let run = 0; run < runs; run++) made.push(await plan());
  return made;
}

/** A process of the host that keeps one pCPU busy until the test is over. */
function keepBusy(pcpu: number): void {
  const child = execa('taskset', ['-c', `${pcpu}`, 'sh', '-c', 'while :; do :; done'], { reject: false });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
}

const stacks = [
  ['six of 12.5 %', 6, 8],
  ['eight of 19 %', 8, 12],
  ['four of 25 %', 4, 16],
  ['twelve of 6 %', 12, 4],
] as const;

describe('all on pCPU 0 of two', () => {
  test.each(stacks)('%s: every look moves half of them', async (_, count, duty) => {
    await startGuests(host, singles(Array(count).fill(duty)));
    const made = await plans();
    expect(made.map(({ moves, summary }) => [moves.length, summary])).toEqual(
      Array(runs).fill([count / 2, expect.any(String)]),
    );
  });

  test.each(stacks)(
    '%s, a process of the host keeps pCPU 1 busy: nothing goes there',
    async (_, count, duty) => {
      await startGuests(host, singles(Array(count).fill(duty)));
      keepBusy(1);
      const made = await plans();
      expect(made.map(({ moves }) => moves)).toEqual(Array(runs).fill([]));
      expect(made.map(({ pcpus }) => pcpus.find(({ pcpu }) => pcpu === 1)?.backgroundPct ?? 0)).toSatisfy(
        (shares: number[]) => shares.every((share) => share > 80),
      );
    },
  );
});

test('guests on a pCPU that a process of the host keeps busy are moved away from it', async () => {
  await startGuests(
    host,
    singles(Array(6).fill(8), () => '1'),
  );
  keepBusy(1);
  const made = await plans();
  expect(made.map(({ moves }) => moves.map(({ to }) => to))).toSatisfy((all: string[][]) =>
    // Half at least: guests that wake go before the process, so that it ran no more than what they left.
    all.every((to) => to.length >= 3 && to.every((pcpu) => pcpu === '0')),
  );
});

test('a guest with a quota of 15 % beside others: shown as 15 %, and left alone', async () => {
  const capped = {
    name: 'capped',
    vcpus: [{ duty: 64, phase: 0 }],
    pins: ['0'],
    cputune: '<period>100000</period><quota>15000</quota>',
  };
  await startGuests(host, [capped, ...singles([16, 16, 16, 16], (i) => `${i % 2}`)]);
  const made = await plans();
  const shown = made.map(
    ({ vcpus }) => vcpus.find(({ domain }) => domain.name === 'capped')?.demandPct ?? Number.NaN,
  );
  expect(shown).toEqual(Array(runs).fill(expect.closeTo(15, 0)));
  expect(made.flatMap(({ moves }) => moves).filter(({ domain }) => domain.name === 'capped')).toEqual([]);
});
