/**
 * Every number of the planner that is no setting. "Points" are per cent of one pCPU, and gains and prices are in points
 * squared, the unit of the sum of squared distances from the mean. `h` is half the width of the band.
 * docs/algorithm.md says what leaving each one out costs.
 */
export const tuning = {
  /**
   * points: no band is narrower than this on either side of the mean, since noise on an idle host is no imbalance; and a
   * pCPU that the host's own processes keep busy but for this gets no company
   */
  minBandPoints: 5,
  /** points: a standard deviation of the loads above this is an imbalance even with every pCPU in the band */
  maxDeviationPoints: 4,
  /** in h²: what a pin has to gain */
  pinPrice: 0.25,
  /** in h: what a point of load above the capacity of its pCPU costs */
  starvationPrice: 4,
  /** pins: what two vCPUs of one domain on one pCPU cost; half of what it costs to be away from memory */
  pairPins: 4,
  /** pins: what a vCPU costs that is under another L3 or cluster than the others of its domain */
  outsidePins: 2,
  /** standard errors that a gain has to be above its price */
  stdErrors: 1.5,
  /** in prices of its pins: a plan that gains so much is made at once; a smaller one when that has added up over cycles */
  urgentPrices: 4,
  /** cycles: without a plan, the doubt that broken promises have left falls to a third in so many */
  doubtCycles: 100,
  /** what of the load of a thread weighs on the others of its core */
  siblingWeight: 0.6,
  /** pCPUs: how many of the emptiest and of the fullest a step of the search looks at */
  searchBreadth: 8,
  /** points: where no pCPU carries more by the closed reading, nobody waits, and no pin is worth it */
  idlePoints: 30,

  /** cycles: how many of the last values may turn out to be a step, and what the noise is a mean of */
  stepWindowCycles: 8,
  /** standard deviations that make a step */
  stepStdDevs: 3,
  /** share of its first values that the noise of a series is taken to be */
  initialNoiseShare: 0.06,
  /** points: no series is less noisy than this */
  minNoisePoints: 0.8,
} as const;
