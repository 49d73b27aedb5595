import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { Move } from '../../src/model/plan.ts';
import type { Virsh } from '../../src/virsh/runner.ts';
import { recorded, replay } from '../support/recorded.ts';
import { answerOf, guest, guestUuid, masksOf, pinByHand, simHost } from '../support/sim-host.ts';
import { type Said, virshOf } from '../support/virsh-of.ts';

const move = (uuid: string, vcpu: number, to: readonly number[]): Move => ({
  domain: { uuid, name: `; echo ${uuid}` },
  vcpu,
  kind: 'move',
  from: [0],
  to,
  demandPct: 50,
  reason: 'a reason',
});
/** Nothing here takes time. */
const clock = { nowMs: () => 0, after: () => () => undefined };
const errors = async (virsh: Virsh, moves: readonly Move[]) =>
  (await applyPlan(virsh, moves, clock)).results.map(({ error }) => error);

function setUp(over: (command: string) => Said | undefined = () => undefined) {
  const host = simHost(4, [guest(1, { demands: [10, 20] }), guest(2)]);
  const answer = answerOf(host);
  return { host, ...virshOf((command) => over(command) ?? answer(command)) };
}
const [one, two] = [guestUuid(1), guestUuid(2)];

describe('a set of moves', () => {
  test('is one process: a look at each domain, its pins, and another look; and it took', async () => {
    const { virsh, calls, host } = setUp();
    const moves = [move(one, 0, [1]), move(two, 0, [2, 3]), move(one, 1, [3])];
    const { results, late } = await applyPlan(virsh, moves, clock);
    const took = moves.map((each) => ({
      move: each,
      error: undefined,
      shown: each.to,
      found: {
        id: each.domain.uuid === one ? 1 : 2,
        affinity: [0],
        idAfter: each.domain.uuid === one ? 1 : 2,
      },
    }));
    expect(new Set(results)).toEqual(new Set(took));
    expect(late).toBeUndefined();
    expect(calls).toEqual([
      [
        `domid ${one}`,
        `vcpuinfo ${one}`,
        `vcpupin --domain ${one} --vcpu 0 --cpulist 1 --live`,
        `vcpupin --domain ${one} --vcpu 1 --cpulist 3 --live`,
        `vcpuinfo ${one}`,
        `domid ${one}`,
        `domid ${two}`,
        `vcpuinfo ${two}`,
        `vcpupin --domain ${two} --vcpu 0 --cpulist 2-3 --live`,
        `vcpuinfo ${two}`,
        `domid ${two}`,
      ],
    ]);
    expect(masksOf(host)).toEqual(['1', '3', '2-3']);
  });

  test('without a move, virsh is not run', async () => {
    const { virsh, calls } = setUp();
    expect(await applyPlan(virsh, [], clock)).toEqual({ results: [], late: undefined });
    expect(calls).toEqual([]);
  });

  test('that one argument cannot hold is more processes, each with its own look', async () => {
    const domains = Array.from({ length: 400 }, (_, i) => guest(i));
    const { virsh, calls } = virshOf(answerOf(simHost(4, domains)));
    const moves = domains.map(({ uuid }) => move(uuid, 0, [1]));
    expect(new Set(await errors(virsh, moves))).toEqual(new Set([undefined]));
    expect(calls.map(([first]) => first?.split(' ')[0])).toEqual(['domid', 'domid']);
  });
});

describe('a move is done when the host shows it', () => {
  const pinOne = `vcpupin --domain ${one} --vcpu 0 --cpulist 1 --live`;
  const twoMoves = [move(one, 0, [1]), move(two, 0, [1])];

  test.each<[string, (command: string) => Said | undefined, (string | undefined)[]]>([
    [
      'virsh keeps silent, and nothing happened',
      (c) => (c === pinOne ? {} : undefined),
      ['the host shows its affinity as 0', undefined],
    ],
    ['virsh complains', (c) => (c === pinOne ? { stderr: 'error: no\n' } : undefined), ['no', undefined]],
    [
      'it cannot be read back',
      (c) => (c === `vcpuinfo ${one}` ? { stderr: 'error: gone\n' } : undefined),
      ['gone', undefined],
    ],
    [
      'neither',
      (c) =>
        c === pinOne || c === `vcpuinfo ${one}` ? { stderr: `error: ${c.split(' ')[0]}\n` } : undefined,
      ['vcpupin', undefined],
    ],
    [
      'the vCPU is gone',
      (c) => (c === `vcpuinfo ${one}` ? { stdout: 'VCPU:  7\nCPU:  0\nCPU Affinity:  -y--\n' } : undefined),
      ['the host shows its affinity as unknown', undefined],
    ],
  ])('%s', async (_, over, expected) => {
    expect(await errors(setUp(over).virsh, twoMoves)).toEqual(expected);
  });

  test('a complaint about what took all the same is no failure', async () => {
    const { virsh, host } = setUp((command) =>
      command === pinOne ? { stderr: 'error: late\n' } : undefined,
    );
    pinByHand(host, 0, [1]);
    expect(await errors(virsh, [move(one, 0, [1])])).toEqual([undefined]);
  });

  test('an offline pCPU', async () => {
    const { virsh, host } = setUp();
    host.online = [0, 1, 3];
    expect(await errors(virsh, [move(one, 0, [2]), move(one, 1, [3])])).toEqual([
      "Invalid value '2' for 'cpuset.cpus': Invalid argument",
      undefined,
    ]);
  });
});

describe('recorded', () => {
  const uuid = (end: number) => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${String(end).padStart(2, '0')}`;
  const pins = [move(uuid(0), 0, [1]), move(uuid(1), 1, [0]), move(uuid(2), 0, [0])];

  test('pins that took', async () => {
    expect(await errors(replay('batch.pin'), pins)).toEqual([undefined, undefined, undefined]);
  });

  test('pins that are refused to where the vCPUs are already', async () => {
    expect(await errors(replay('batch.pin-read-only'), pins)).toEqual([undefined, undefined, undefined]);
  });
});

test('pins over a read-only connection', async () => {
  const { virsh } = virshOf(answerOf(simHost(4, [guest(1)]), true));
  expect(await errors(virsh, [move(one, 0, [1])])).toEqual([
    'operation forbidden: read only access prevents virDomainPinVcpuFlags',
  ]);
});

describe('virsh fails as a whole', () => {
  const moves = [move(one, 0, [1]), move(two, 0, [1])];

  test('it hangs: every move of the batch failed, with its words', async () => {
    const hang = async () => {
      throw new VcpuschedError(exitStatus.unavailable, 'virsh did not answer within 40 s');
    };
    expect(await errors(hang, moves)).toEqual([
      'virsh did not answer within 40 s',
      'virsh did not answer within 40 s',
    ]);
  });

  test('a defect of the program is no failed move', async () => {
    const { virsh } = virshOf(() => undefined);
    await expect(applyPlan(virsh, moves, clock)).rejects.toThrow("the fake virsh does not know 'domid");
  });

  test('the daemon went away', async () => {
    const { stderr } = recorded('stderr/daemon-down');
    const down = async () => ({ stdout: '', stderr, exitCode: 1, firstStderrAtMs: 0 });
    expect(await errors(down, moves)).toEqual(
      Array(2).fill(expect.stringMatching(/^cannot reach libvirt: /)),
    );
  });

  test('its output ends after the pins: what was not read back is not done', async () => {
    const { virsh } = setUp();
    const cut = async (args: readonly string[]) => {
      const said = await virsh(args);
      const [mark = ''] = /[0-9a-f]{8}\.2\n/.exec(said.stdout) ?? [];
      return { ...said, stdout: said.stdout.slice(0, said.stdout.indexOf(mark) + mark.length) };
    };
    expect(await errors(cut, moves)).toEqual([
      "the output of virsh ended before that of 'vcpuinfo'",
      "the output of virsh ended before that of 'vcpupin'",
    ]);
  });
});
