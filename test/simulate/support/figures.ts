import type { Host, SimVcpu } from '../../../src/simulate/host.ts';

/** What each vCPU of a host did between two moments, as per cent of the time, by `domain/number`. */
export function figures(before: Host, after: Host): Readonly<Record<string, { run: number; delay: number }>> {
  const spanNs = after.nowNs - before.nowNs;
  const pct = (ns: number): number => Math.round((ns / spanNs) * 1000) / 10;
  return Object.fromEntries(
    after.domains.flatMap(({ name, vcpus }) =>
      vcpus.map((vcpu) => {
        const then = vcpuOf(before, name, vcpu.number);
        return [
          `${name}/${vcpu.number}`,
          {
            run: pct(vcpu.runNs - (then?.runNs ?? 0)),
            delay: pct(vcpu.delayNs - (then?.delayNs ?? 0)),
          },
        ];
      }),
    ),
  );
}

export function vcpuOf(host: Host, name: string, number = 0): SimVcpu | undefined {
  return host.domains.find((domain) => domain.name === name)?.vcpus.find((vcpu) => vcpu.number === number);
}

export function uuidOf(host: Host, name: string): string {
  return host.domains.find((domain) => domain.name === name)?.uuid ?? '';
}
