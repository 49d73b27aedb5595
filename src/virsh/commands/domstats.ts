import type { Counters } from '../../model/domain.ts';
import { type Command, ParseError } from '../command.ts';

/** What domstats tells of one running domain. It prints names only; `name` joins it with `list`. */
export type DomainStats = {
  readonly name: string;
  /** by vCPU number; undefined where a field is missing, as `--nowait` leaves it for a busy domain */
  readonly vcpus: ReadonlyMap<number, Counters | undefined>;
};

/**
 * Cumulative times of all running domains, in one call. `vcpu.N.time` is nanoseconds (the manual of 9.0 says
 * microseconds and is wrong), `vcpu.N.delay` exists since 7.2; N can be sparse, and an offline vCPU has a
 * state other than 1 or none at all.
 * @source qemuDomainGetStatsVcpu in libvirt
 */
export const domstats: Command<readonly DomainStats[]> = {
  words: ['domstats', '--state', '--vcpu', '--list-running', '--nowait'],
  parse: (stdout) => blocks(stdout).map(domain),
};

type Block = { readonly name: string; readonly fields: ReadonlyMap<string, string> };

/**
 * A block begins with `Domain: 'NAME'`, the name as it is, quotes and all. A name that holds a newline ends on
 * another line: it keeps a name that no row of `list` can have, and its fields away from the block before.
 * U+2028 and a carriage return end no line here, whatever a regular expression holds of them.
 */
function blocks(stdout: string): Block[] {
  const found: { name: string; fields: Map<string, string> }[] = [];
  for (const line of stdout.split('\n')) {
    const head = /^Domain: '(.*)$/s.exec(line)?.[1];
    if (head !== undefined) {
      found.push({
        name: head.endsWith("'") ? head.slice(0, -1).replace(/ +$/, '') : `${head}\n`,
        fields: new Map(),
      });
      continue;
    }
    const field = /^ {2}([a-z0-9._-]+)=(.*)$/.exec(line);
    if (field?.[1] !== undefined && field[2] !== undefined) found.at(-1)?.fields.set(field[1], field[2]);
  }
  if (found.length === 0 && stdout.trim() !== '') throw new ParseError('domstats', 'domain', stdout.trim());
  return found;
}

function domain({ name, fields }: Block): DomainStats {
  const vcpus = new Map<number, Counters | undefined>();
  for (const key of fields.keys()) {
    const number = /^vcpu\.(\d{1,6})\./.exec(key)?.[1];
    if (number !== undefined && !vcpus.has(Number(number)) && isOnline(fields.get(`vcpu.${number}.state`))) {
      vcpus.set(Number(number), counters(fields, number));
    }
  }
  return { name, vcpus };
}

/** VIR_VCPU_OFFLINE is 0; 1 is running and 2 blocked, and the QEMU driver says 1 for both. */
function isOnline(state: string | undefined): boolean {
  return state !== '0';
}

function counters(fields: ReadonlyMap<string, string>, vcpu: string): Counters | undefined {
  const cpuTimeNs = nanoseconds(fields.get(`vcpu.${vcpu}.time`));
  if (cpuTimeNs === undefined) return undefined;
  const delay = fields.get(`vcpu.${vcpu}.delay`);
  const delayNs = nanoseconds(delay);
  if (delay !== undefined && delayNs === undefined) return undefined;
  return { cpuTimeNs, delayNs };
}

/** Exact: a counter outgrows a double after 104 days. */
function nanoseconds(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
