import { describe, expect, test } from 'vitest';
import type { HostLoad } from '../../src/model/host-load.ts';
import type { Wish } from './support.ts';
import { pcpuOf, settle, shapedHost, topologyOf } from './topologies.ts';

/** Cores of the threads 0 and 4, 1 and 5, 2 and 6, 3 and 7. */
const small = topologyOf({ cells: 1, dies: 1, cores: 4, threads: 2 });

/** Guests of two threads a core: vCPU 2n and 2n + 1 are one guest core. */
function hostWith(guest: readonly Wish[], others: readonly Wish[]): HostLoad {
  const host = shapedHost(small, [...guest.map((wish) => ({ ...wish, domain: 'guest' })), ...others]);
  const vcpus = host.vcpus.map((vcpu) =>
    vcpu.domain.name === 'guest' ? { ...vcpu, guestCore: vcpu.vcpu >> 1 } : vcpu,
  );
  return { ...host, vcpus };
}

const coresOf = (host: HostLoad) =>
  host.vcpus.filter(({ domain }) => domain.name === 'guest').map((vcpu) => pcpuOf(vcpu) % 4);

describe('vCPUs that are threads of one guest core', () => {
  test('stay on one host core where others can go', () => {
    const guest = [0, 4, 1, 5].map((on) => ({ demand: 50, on }));
    const { host } = settle(
      hostWith(
        guest,
        [0, 4].map((on) => ({ demand: 60, on })),
      ),
    );
    expect(coresOf(host)).toEqual([0, 0, 1, 1]);
    expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(6);
  });

  test('move together where only they can go', () => {
    const guest = [0, 4, 1, 5].map((on) => ({ demand: 60, on }));
    const pinned = [0, 4].map((on) => ({ demand: 80, on, fixed: 'excluded' }));
    const { host } = settle(hostWith(guest, pinned));
    const [a, b, c, d] = coresOf(host);
    expect([a === b, c === d, a !== 0, c]).toEqual([true, true, true, 1]);
  });

  test('change places with those of another', () => {
    const guest = [60, 60, 10, 10, 40, 40, 40, 40].map((demand, i) => ({
      demand,
      on: [0, 4, 1, 5, 2, 6, 3, 7][i] ?? 0,
    }));
    const pinned = [0, 4].map((on) => ({ demand: 50, on, fixed: 'excluded' }));
    const { host } = settle(hostWith(guest, pinned));
    const cores = coresOf(host);
    for (const first of [0, 2, 4, 6]) expect(cores[first]).toBe(cores[first + 1]);
    expect(cores[0]).not.toBe(0);
  });

  test('leave a host core also where smaller guest cores stay', () => {
    // The threads of host core 0 are the pCPUs 0, 4, 8 and 12.
    const wide = topologyOf({ cells: 1, dies: 1, cores: 4, threads: 4 });
    const threads = [0, 4, 8, 12];
    const host = shapedHost(wide, [
      ...[0, 4].map((on) => ({ demand: 0, on, domain: 'a-of-two' })),
      ...[...threads, ...threads].map((on) => ({ demand: 60, on, domain: 'of-four' })),
    ]);
    const vcpus = host.vcpus.map((vcpu) => ({ ...vcpu, guestCore: vcpu.vcpu >> 2 }));
    const after = settle({ ...host, vcpus })
      .host.vcpus.slice(2)
      .map((vcpu) => pcpuOf(vcpu) % 4);
    expect(new Set(after.slice(0, 4)).size).toBe(1);
    expect(new Set(after.slice(4)).size).toBe(1);
    expect(after[0]).not.toBe(after[4]);
  });

  test('get the threads of one core where they float', () => {
    const guest = [0, 1, 2, 3].map((last) => ({ demand: 70, on: [0, 1, 2, 3, 4, 5, 6, 7], last }));
    const { host } = settle(hostWith(guest, [{ demand: 90, on: 0 }]));
    const cores = coresOf(host);
    expect([cores[0] === cores[1], cores[2] === cores[3]]).toEqual([true, true]);
    expect(new Set([...cores, 0]).size).toBe(3);
  });

  test('stay where one of them has to', () => {
    const guest = [0, 4].map((on, i) => ({ demand: 60, on, ...(i === 0 && { fixed: 'by hand' }) }));
    const { host, plans } = settle(hostWith(guest, [{ demand: 90, on: 0, fixed: 'excluded' }]));
    expect([coresOf(host), plans]).toEqual([[0, 0], []]);
  });
});
