import { type CpuSet, isSubset, parseCpuList } from '../../model/cpu-set.ts';
import { nowhere } from '../actions.ts';
import type { Bandwidth, Device, Emulator, Memnode, Quota, Realtime, SimDomain } from '../host.ts';
import type { BuildContext, Path } from './build-context.ts';
import { buildDemand, steady } from './build-demand.ts';
import type { DomainGroup } from './schema.ts';

type Tuning = Pick<
  SimDomain,
  | 'quota'
  | 'realtime'
  | 'pollingPct'
  | 'emulator'
  | 'emulatorpin'
  | 'guestThreads'
  | 'memnodes'
  | 'partition'
  | 'job'
>;

/** What a domain has beyond the usual; a key that a group does not give is not in it. */
export function buildTuning(
  group: DomainGroup,
  g: number,
  index: number,
  vcpus: { readonly online: CpuSet; readonly size: number },
  context: BuildContext,
): Tuning {
  const { quota, realtime, polling, emulator, emulatorpin, memnodes, partition, job } = group;
  const at = (...path: Path): Path => ['domains', g, ...path];
  const threads = group['guest-threads'];
  if (vcpus.size % threads !== 0)
    context.fail(
      at('guest-threads'),
      `${vcpus.size} vCPUs are no whole number of cores of ${threads} threads`,
    );
  return {
    ...(quota !== undefined && { quota: quotaOf(quota) }),
    ...(realtime !== undefined && { realtime: realtimeOf(realtime, vcpus.online, at('realtime'), context) }),
    ...(polling !== undefined && { pollingPct: polling }),
    ...(emulator !== undefined && {
      emulator: emulatorOf(emulator, index, group.count, at('emulator'), context),
    }),
    ...(emulatorpin !== undefined && { emulatorpin: context.cpus(at('emulatorpin'), emulatorpin) }),
    ...(threads > 1 && { guestThreads: threads }),
    ...(memnodes.length > 0 && {
      memnodes: memnodes.map((each, m) => memnodeOf(each, vcpus.size, at('memnodes', m), context)),
    }),
    ...(partition !== undefined && { partition }),
    ...(job !== false && {
      job: {
        operation: job === true ? 'Outgoing migration' : job,
        sinceNs: 0,
        waitNs: Math.round(group['job-wait'] * 1e9),
      },
    }),
  };
}

/** libvirt's default period is 100 ms; a share in per cent is taken as a quota of that. */
function quotaOf(given: NonNullable<DomainGroup['quota']>): Quota {
  if (typeof given === 'number') return { vcpu: ofUsual(given) };
  const vcpu = bandwidth(given.vcpu, given.quota, given.period);
  const global = bandwidth(given.domain, given['global-quota'], given['global-period']);
  return { ...(vcpu && { vcpu }), ...(global && { global }) };
}

function bandwidth(
  pct: number | undefined,
  quotaUs: number | undefined,
  periodUs = usualPeriodUs,
): Bandwidth | undefined {
  if (quotaUs !== undefined) return { quotaUs, periodUs };
  return pct === undefined ? undefined : ofUsual(pct);
}

function ofUsual(pct: number): Bandwidth {
  return { quotaUs: Math.round((pct / 100) * usualPeriodUs), periodUs: usualPeriodUs };
}

const usualPeriodUs = 100_000;

/** Ascending by vCPU, as libvirt lists them. */
function realtimeOf(
  given: NonNullable<DomainGroup['realtime']>,
  online: CpuSet,
  path: Path,
  { fail }: BuildContext,
): readonly Realtime[] {
  const all =
    typeof given === 'string' ? [{ scheduler: given, priority: 1, vcpus: undefined }] : [given].flat();
  return all
    .map(({ vcpus: list, scheduler, priority }) => {
      const vcpus = list === undefined ? online : parseCpuList(String(list));
      if (!isSubset(vcpus, online)) fail(path, `'${list}' is not among its vCPUs`);
      return { vcpus, scheduler, priority };
    })
    .sort((a, b) => (a.vcpus[0] ?? 0) - (b.vcpus[0] ?? 0));
}

function emulatorOf(
  given: NonNullable<DomainGroup['emulator']>,
  index: number,
  count: number,
  path: Path,
  { attempt, readTrace }: BuildContext,
): Emulator {
  const demand = attempt(path, () => buildDemand(steady(given), index, count, readTrace));
  return { demand, pcpu: nowhere };
}

function memnodeOf(
  { vcpus: list, nodeset, mode }: DomainGroup['memnodes'][number],
  size: number,
  path: Path,
  { fail }: BuildContext,
): Memnode {
  const vcpus = parseCpuList(String(list));
  if (vcpus.some((vcpu) => vcpu >= size))
    fail([...path, 'vcpus'], `'${list}' is not among its vCPUs 0-${size - 1}`);
  return { vcpus, mode, cells: parseCpuList(String(nodeset)) };
}

/** Gives the devices of a host, one domain after the other, an address each that no other has. */
export function deviceBuilder(): (cells: readonly number[]) => Pick<SimDomain, 'devices'> {
  let last = -1;
  const next = (cell: number): Device => {
    last++;
    return { bus: firstBus + Math.floor(last / slotsOfBus), slot: last % slotsOfBus, cell };
  };
  return (cells) => (cells.length === 0 ? {} : { devices: cells.map(next) });
}

/** Above those of a host's own devices. */
const firstBus = 0x41;
const slotsOfBus = 32;
