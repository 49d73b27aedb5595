import { type CpuSet, isSubset, parseCpuList } from '../../model/cpu-set.ts';
import type { Trace } from './trace.ts';

/** What the builders of a scenario's parts need besides the part itself. */
export type BuildContext = {
  readonly allCpus: CpuSet;
  readonly readTrace: (file: string) => Trace;
  /** throws, with the file and the line on which the key at `path` stands */
  readonly fail: (path: Path, message: string) => never;
  /** a RangeError in `build` is an error at `path` */
  readonly attempt: <T>(path: Path, build: () => T) => T;
  /** a number or a list of the host's CPUs */
  readonly cpus: (path: Path, list: number | string) => CpuSet;
};

export type Path = readonly (string | number)[];

export function buildContext(
  allCpus: CpuSet,
  readTrace: (file: string) => Trace,
  fail: (path: Path, message: string) => never,
): BuildContext {
  const attempt = <T>(path: Path, build: () => T): T => {
    try {
      return build();
    } catch (error) {
      if (error instanceof RangeError) return fail(path, error.message);
      throw error;
    }
  };
  const cpus = (path: Path, list: number | string): CpuSet => {
    const wanted = attempt(path, () => parseCpuList(String(list)));
    if (wanted.length > 0 && isSubset(wanted, allCpus)) return wanted;
    return fail(path, `'${list}' is not among the host's CPUs 0-${allCpus.length - 1}`);
  };
  return { allCpus, readTrace, fail, attempt, cpus };
}
