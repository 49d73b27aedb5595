import { describe, expect, test } from 'vitest';
import { about, affinitiesOf, movesIn, planJson, simInMemory } from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// One answer of virsh is odd, late or missing. It costs what depends on it, and that is said.

/** Two cells of four pCPUs, 0-3 and 4-7; the guests crowd pCPU 0 of the first cell, which has room for them. */
const twoCells = `
[topology]
cells = 2
cores = 4
[[domains]]
name = "floating-%d"
count = 2
vcpus = 2
affinity = "0-3"
demand = [65, 50]
[[domains]]
name = "crowded"
vcpus = 2
affinity = 0
demand = 55
`;

/** Changes what one command prints. */
const edited =
  (name: string, change: (text: string) => string) =>
  (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command.startsWith(name) ? { ...said, stdout: change(stdout) } : undefined;

/** What one command says is this complaint. */
const failing =
  (name: string, complaint: string) =>
  (command: string): Said | undefined =>
    command.startsWith(name) ? { stderr: `error: ${complaint}\n` } : undefined;

const inFirstCell = (moves: readonly string[]) => moves.every((move) => /^\S+ \S+>[0-3]$/.test(move));

describe('the topology', () => {
  test('is not told: vCPUs stay within their present affinity, and that is said', async () => {
    const sim = simInMemory(twoCells, {
      edit: failing('capabilities', 'internal error: unexpected cpu topology'),
    });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(movesIn(plan)).toSatisfy(inFirstCell);
    const { err } = await sim.vcpusched('once');
    expect(err).toMatch(/topology|NUMA cells/);
    expect(err).toContain('unexpected cpu topology');
    expect(Object.values(affinitiesOf(sim))).toSatisfy((all: string[]) =>
      all.every((cpus) => /^[0-3-]+$/.test(cpus)),
    );
  });

  test.each([
    ["siblings=''", /siblings='3'/, "siblings=''"],
    ["die_id='-1'", /die_id='0' core_id='1'/, "die_id='-1' core_id='1'"],
    ["core_id='-1'", /core_id='2'/, "core_id='-1'"],
    ["socket_id='-1'", /socket_id='0'/, "socket_id='-1'"],
    ["die_id='4294967295'", /die_id='0'/g, "die_id='4294967295'"],
    ["cluster_id='65535'", /die_id='0'/g, "die_id='0' cluster_id='65535'"],
    ['siblings of letters', /siblings='3'/, "siblings='x'"],
  ])('%s costs no more than that', async (_, from, to) => {
    const sim = simInMemory(twoCells, { edit: edited('capabilities', (xml) => xml.replace(from, to)) });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(movesIn(plan)).toSatisfy(inFirstCell);
    const control = await planJson(simInMemory(twoCells));
    expect(movesIn(plan)).toEqual(movesIn(control));
  });
});

describe('where a vCPU runs', () => {
  const three = '[[domains]]\nname = "odd"\nvcpus = 3\naffinity = 0\ndemand = 60\n';
  /** Says something else of where the second of three vCPUs runs. */
  const secondOdd = (line: string, state: string) => {
    let block = 0;
    return edited('vcpuinfo', (text) =>
      text.replaceAll(/^CPU: .*\nState: .*$/gm, (found) => (block++ % 3 === 1 ? `${line}${state}` : found)),
    );
  };
  const odd = [
    ['CPU: N/A', 'CPU:            N/A\n'],
    ['CPU: -1', 'CPU:            -1\n'],
    ['no CPU line', ''],
  ] as const;

  test.each(odd)('%s and no state: it is named, the others are balanced', async (_, line) => {
    const plan = await planJson(
      simInMemory(`pcpus = 4\n${three}`, { edit: secondOdd(line, 'State:          N/A') }),
    );
    expect(movesIn(plan)).toEqual([expect.stringMatching(/^odd\/[02] 0>[123]$/)]);
    expect(plan.leftAlone).toEqual([
      expect.objectContaining({ vcpu: 1, reason: expect.stringContaining('CPU') }),
    ]);
  });

  test.each(odd)('%s alone: where it may run on one pCPU only, that is known', async (_, line) => {
    const sim = simInMemory(`pcpus = 4\n${three}`, { edit: secondOdd(line, 'State:          running') });
    const plan = await planJson(sim);
    expect(plan.pcpus[0]?.loadPct).toEqual(about(180));
    expect(plan.moves).toHaveLength(2);
  });

  test('is not told of a whole domain: it is named, the others are balanced', async () => {
    const scenario = `pcpus = 4
[[domains]]
name = "tcg"
vcpus = 2
affinity = 0
demand = 50
[[domains]]
name = "other-%d"
count = 2
affinity = 1
demand = 60
`;
    const sim = simInMemory(scenario, {
      edit: (command, { stdout = '' }) => {
        if (command.startsWith('domstats'))
          return {
            stdout: stdout.replaceAll(
              /(?<=Domain: 'tcg'\n(?: {2}.*\n)*) {2}vcpu\.\d\.(time|wait|delay)=.*\n/g,
              '',
            ),
          };
        if (command.startsWith('vcpuinfo') && /VCPU: +1/.test(stdout))
          return { stderr: 'error: Requested operation is not valid: cpu affinity is not supported\n' };
        return undefined;
      },
    });
    const plan = await planJson(sim);
    expect(movesIn(plan)).toEqual([expect.stringMatching(/^other-[12]\/0 1>[23]$/)]);
    expect(plan.leftAlone).toContainEqual(
      expect.objectContaining({
        domain: expect.objectContaining({ name: 'tcg' }),
        reason: expect.stringContaining('cpu affinity is not supported'),
      }),
    );
  });
});

describe('a domain of which nothing is told', () => {
  test('is named', async () => {
    const scenario = `pcpus = 4
[[domains]]
name = "mute"
affinity = 0
demand = 50
[[domains]]
name = "ok"
affinity = 1
demand = 10
`;
    const sim = simInMemory(scenario, {
      edit: (command, { stdout = '' }) => {
        if (command.startsWith('domstats'))
          return {
            stdout: stdout.replace(/(Domain: 'mute'\n(?: {2}state.*\n)*)(?: {2}(?:vcpu|cpu)\..*\n)*/, '$1'),
          };
        if (command.startsWith('vcpuinfo') && stdout.includes('CPU:            0'))
          return { stderr: 'error: Timed out during operation: cannot acquire state change lock\n' };
        return undefined;
      },
    });
    const plan = await planJson(sim);
    expect(plan.leftAlone.map(({ domain }) => domain.name)).toEqual(['mute']);
    expect((await sim.vcpusched('plan')).out).toContain('mute');
  });

  const three = 'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 3\naffinity = 0\ndemand = 40\n';
  test('and all of them: that is not balanced', async () => {
    const sim = simInMemory(three, { edit: failing('vcpuinfo', 'internal error: client socket is closed') });
    const { status, out } = await sim.vcpusched('plan', '--detailed-exitcode');
    expect(out).toContain('measured 0 of 3 vCPUs');
    expect(out).not.toMatch(/(?<!whether the host is )balanced/);
    expect(status).toBe(1);
    const once = await sim.vcpusched('once');
    expect(once.err).toContain('measured 0 of 3 vCPUs');
    expect(once.status).toBe(1);
    expect((await sim.vcpusched('status')).out).toContain('measured 0 of 3 vCPUs');
  });
});

test('bits of offline pCPUs that the map shows as online are believed by nobody', async () => {
  const scenario = `pcpus = 16
offline = "8-15"
[[domains]]
name = "g%d"
count = 9
affinity = "in-turn:0-1"
demand = 90
`;
  let call = 0;
  const lie = (text: string) =>
    text.replace(
      /^(CPU map: +y{8})-{8}$/m,
      (_, known) => `${known}${['y---y---', '-y----y-', '------yy'][call++ % 3]}`,
    );
  const sim = simInMemory(scenario, { edit: edited('nodecpumap', lie) });
  for (let i = 0; i < 3; i++) await sim.vcpusched('once', '--numa', 'ignore');
  const pinned = sim.calls.flat().flatMap((command) => /--cpulist (\S+)/.exec(command)?.[1] ?? []);
  expect(pinned.length).toBeGreaterThan(4);
  expect(pinned.map(Number)).toSatisfy((all: number[]) => all.every((pcpu) => pcpu < 8));
});

describe('without a read-only socket', () => {
  const refusal = (readonly: boolean) =>
    readonly
      ? "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/virtqemud-sock-ro': No such file or directory\n"
      : undefined;
  const two = 'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = 80\n';
  test.each(['status', 'plan', 'doctor'])('%s uses the other one, and pins nothing', async (command) => {
    const sim = simInMemory(two, { refusal });
    const { out, err } = await sim.vcpusched(command);
    expect(err).toBe('');
    expect(out).not.toBe('');
    expect(sim.calls.flat().filter((each) => each.startsWith('vcpupin'))).toEqual([]);
    expect(Object.values(affinitiesOf(sim))).toEqual(['0', '0']);
  });
});
