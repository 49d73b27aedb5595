import { markdown, verdict } from '../support/document.ts';
import { watchOnTheClock } from '../support/on-the-clock.ts';
import { nameOf, type Result, scenarioFiles, simulate } from '../support/run.ts';
import { policyNames } from './policies.ts';

const jobs = Number(process.env['CLOCK_JOBS'] ?? 6);
const intervalSeconds = 2;
/** The last standard cases change in their eighth cycle. */
const count = 14;

/** What keeps a policy from balancing a case, where one is left unbalanced. */
const why: Readonly<Record<string, string>> = {
  spread: 'goes by the number of vCPUs, which is the same on each pCPU while their demands differ',
  lightest: 'moves the lightest vCPU of the fullest pCPU, one a cycle; never exchanges two',
  busiest: 'moves the busiest vCPU, which can make the other pCPU as full as the first one was',
  stddev: 'is content with a deviation of 5 points; never exchanges two',
  none: 'moves nothing, and pins nothing',
};

/** How a policy did on a case. */
type Outcome = {
  readonly isBalanced: boolean;
  /** in which the host was not balanced */
  readonly cycles: number;
  readonly moves: number;
};

/** Each policy on the 19 standard cases: by `simulate`, and by `watch` over virsh-sim on the real clock. */
export async function clock(): Promise<readonly string[]> {
  const files = scenarioFiles('standard');
  const simulated = simulate(files, ['--policy', 'all', '--cycles', `${count}`]);
  const work = files.flatMap((file) => policyNames.map((policy) => ({ file, policy })));
  const watched = new Map<string, Outcome>();
  const queue = work.values();
  const worker = async () => {
    for (const { file, policy } of queue) {
      watched.set(
        `${file} ${policy}`,
        outcomeOf(await watchOnTheClock(file, policy, intervalSeconds, count)),
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  const pairOf = (file: string, policy: string) => {
    const result = simulated.find((each) => each.input === file && each.policy === policy);
    return { told: result && simulatedOutcome(result), seen: watched.get(`${file} ${policy}`) };
  };
  const rows = files.map((file) => [
    nameOf(file),
    ...policyNames.map((policy) => {
      const { told, seen } = pairOf(file, policy);
      return `${cell(told)} · ${cell(seen)}`;
    }),
  ]);
  const totals = policyNames.map((policy) => {
    const pairs = files.map((file) => ({ file, ...pairOf(file, policy) }));
    const balanced = (which: 'told' | 'seen') => pairs.filter((pair) => pair[which]?.isBalanced).length;
    const left = pairs.filter(({ told, seen }) => !(told?.isBalanced && seen?.isBalanced));
    return {
      policy,
      row: [
        policy,
        balanced('told'),
        balanced('seen'),
        left.length === 0 ? '' : (why[policy] ?? '?'),
        left.map(({ file }) => nameOf(file)).join(', '),
      ],
      isAll: left.length === 0,
    };
  });
  return [
    markdown(['case', ...policyNames], rows),
    markdown(
      ['policy', `balanced by simulate, of ${files.length}`, 'by watch', 'why not', 'left'],
      totals.map(({ row }) => row),
    ),
    verdict(
      'all of them by threshold and absolute',
      ['threshold', 'absolute'].every((name) => totals.some(({ policy, isAll }) => policy === name && isAll)),
    ),
  ];
}

type Scored = {
  readonly finalSd: number;
  readonly bestSd: number;
  readonly unbalancedCycles: number;
  readonly moves: number;
};

function outcomeOf({ finalSd, bestSd, unbalancedCycles, moves }: Scored): Outcome {
  return { isBalanced: finalSd <= bestSd + 5, cycles: unbalancedCycles, moves };
}

/** With the cycles that it was not balanced in, of those simulated. */
function simulatedOutcome(result: Result): Outcome {
  return outcomeOf({ ...result, unbalancedCycles: Math.round(result.unbalancedShare * (count + 1)) });
}

function cell(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '?';
  return outcome.isBalanced ? `${outcome.cycles} / ${outcome.moves}` : `never / ${outcome.moves}`;
}
