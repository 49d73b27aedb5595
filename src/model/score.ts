/** How well a policy did on an input of `simulate`. */
export type Score = {
  /** from the start until the host is first within 5 points of the best spread there is; undefined: never */
  readonly secondsToBalance: number | undefined;
  /** whether it was so right after the first decision, at the end of the first cycle */
  readonly balancedByFirstDecision: boolean;
  /** the share of the time in which it was not, 0 to 1 */
  readonly unbalancedShare: number;
  /** from one pCPU to another; the first pin of a floating vCPU is none */
  readonly moves: number;
  readonly movesPerVcpuHour: number;
  /** those made while the host was balanced and nobody had come to want anything else */
  readonly movesAfterBalance: number;
  /** the standard deviation of the pCPUs' true loads in the last cycle, and the least there could be; points */
  readonly finalSd: number;
  readonly bestSd: number;
  /** `exact`: to a tenth of a point; `bounded`: the best that a search found which was not exhausted */
  readonly bestSdSearch: 'exact' | 'bounded';
  /** CPU seconds that vCPUs wanted and did not get */
  readonly stealSeconds: number;
  /** the same, had every cycle been divided anew by one who knows what everybody is going to want, but for the noise */
  readonly oracleStealSeconds: number;
  /** the difference of the two in per cent of what was wanted */
  readonly excessPct: number;
};

/** What came of one policy, with its settings, on one input. */
export type SimulationResult = {
  readonly input: string;
  readonly policy: string;
  /** the policy's settings, by the names they have as options; null where there is no limit */
  readonly settings: Readonly<Record<string, string | number | null>>;
  /** those of them that were swept */
  readonly swept: Readonly<Record<string, string>>;
  readonly score: Score;
};
