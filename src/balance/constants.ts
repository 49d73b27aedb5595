/**
 * Every number of the default policy that is no setting. "Points" are per cent of one pCPU; prices are in
 * points squared, the unit of the sum of squared distances from the mean.
 */
export const tuning = {
  /** no band is narrower than this on either side of the mean: noise on an idle host is no imbalance */
  leastBandPoints: 5,
  /** a standard deviation of the loads above this is an imbalance even with every pCPU in the band */
  deviationTriggerPoints: 4,
  /** load above 100 % that room elsewhere could serve is an imbalance when it is more than this */
  starvationTriggerPoints: 0.1,
  /** the scale of the logistic distribution that has as much above its mean as the normal one has, per its deviation */
  logisticScale: 0.5755,
  /** below this mean load the kernel spreads floating vCPUs better than any pin, */
  idleMeanPoints: 10,
  /** unless a pCPU carries more than this; idle vCPUs gather on one pCPU by chance, or to save power */
  idlePeakPoints: 30,

  /** no level is the mean of more values: it follows what changes slowly */
  mostCount: 80,
  /** how many of the last values may turn out to be a step */
  stepWindow: 8,
  /** how many standard deviations make a step */
  stepAtNoise: 3,
  /** how slowly the noise of a series is forgotten */
  noiseMemory: 0.1,
  /** how far two values in a row are apart, in standard deviations (1.128 for normal noise) */
  rangePerNoise: 1.128,
  /** no two values are farther apart by noise than so many times what they usually are */
  noiseGrowth: 3,
  /** the noise of a level of which nothing else is known, as a share of it */
  usualNoiseShare: 0.06,
  /** no series is less noisy than this */
  noisePoints: 0.8,

  /**
   * the part of a thread's load that weighs on each other thread of its core. Two busy threads do about 1.25
   * times the work of one, so each has 0.625 of a core: as if its load were 1.6 times what it is.
   * @source Marr et al., "Hyper-Threading Technology Architecture and Microarchitecture", Intel Technology
   * Journal 6(1), 2002: 16 to 28 % more work; Linux long reckoned with 15 % (smt_gain, kernel/sched)
   */
  siblingWeight: 0.6,

  /** what it costs to have a vCPU away from its home; times one more than its priority */
  awayPrice: 6,
  /** what it costs to have two vCPUs of one domain on one pCPU */
  siblingPrice: 60,
  /** how many of the fullest and of the emptiest pCPUs a step looks at */
  stepBreadth: 8,
  /** how much deviation sending vCPUs home again may cost */
  sendHomePoints: 1,
  /** and how much load above 100 % */
  sendHomeStarvationPoints: 0.05,

  /** a plan is worth its moves if it lowers the deviation by this, or */
  worthDeviationPoints: 3,
  /** the fullest pCPU by this, or */
  worthPeakPoints: 10,
  /** the load above 100 % by this, or */
  worthStarvationPoints: 0.1,
  /** that and what threads of one core lose to one another by this; each with an allowance for the noise */
  worthSharedPoints: 10,
  /** how far noise alone makes a fullest pCPU stand out, in standard deviations */
  peakPerNoise: 2,
  /** how many standard deviations of what noise makes it seem to relieve a plan has to relieve */
  reliefByNoise: 2.5,
  /** a NUMA cell that wants so much more than it has, beyond noise, starves however it is arranged */
  cellStarvationPoints: 1,
  /** how full a NUMA cell may become by vCPUs that come from another one, which starves */
  crossingRoomPoints: 90,
  /** to divide a domain between two cells is as bad as so many more of its vCPUs in the other one */
  dividingPrice: 2,
  /** a pCPU with so much load by the closed reading has no time left that it could give */
  fullPoints: 90,
  /** the other readings must see at least this share of the gain */
  agreedGainShare: 0.25,
  /** starvation relieved that uses up the patience at once, or added up over several cycles */
  urgentStarvationPoints: 4,
  /** the fall in deviation that does */
  urgentDeviationPoints: 8,
  /** any other plan waits until there has been cause for it in so many cycles in a row */
  patienceCycles: 5,
} as const;
