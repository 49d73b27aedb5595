import { describe, expect, test } from 'vitest';
import { addVcpus } from '../../src/simulate/add-vcpus.ts';
import { hostOf } from './support/host-of.ts';

const host = hostOf(
  'pcpus = 4\n[[domains]]\nname = "small"\nquota = { quota = 20000, period = 50000 }\ndemand = 10\n[[domains]]\nname = "large"\nvcpus = 2\naffinity = 1\ndemand = 60\n',
);

describe('added vCPUs', () => {
  const more = addVcpus(host, 60, 1);
  const added = more.domains.slice(host.domains.length);

  test('want what those of the host want, by chance in equal parts', () => {
    expect(added).toHaveLength(60);
    const wanted = added.flatMap(({ vcpus }) => vcpus.map(({ demand }) => JSON.stringify(demand)));
    const counts = new Map(wanted.map((each) => [each, wanted.filter((other) => other === each).length]));
    const [small = 0, large = 0] = [10, 60].map((pct) =>
      counts.get(JSON.stringify({ kind: 'constant', pct })),
    );
    expect(small + large).toBe(60);
    expect(small).toBeGreaterThan(8);
    expect(large).toBeGreaterThan(small);
    expect(added.filter(({ quota }) => quota !== undefined)).toHaveLength(small);
  });

  test('are alone in domains of their own, may run anywhere, and are somewhere', () => {
    expect(new Set(more.domains.map(({ uuid }) => uuid)).size).toBe(more.domains.length);
    for (const { vcpus, cpuset } of added) {
      expect(cpuset).toBeUndefined();
      expect(vcpus).toHaveLength(1);
      expect(vcpus[0]).toMatchObject({ pinned: undefined, online: true, runNs: 0 });
      expect(host.online).toContain(vcpus[0]?.pcpu);
    }
  });

  test('are the same for the same seed, and others for another', () => {
    expect(addVcpus(host, 60, 1)).toEqual(more);
    expect(addVcpus(host, 60, 2)).not.toEqual(more);
  });

  test('are none where there is none to take after', () => {
    expect(addVcpus({ ...host, domains: [] }, 5, 1).domains).toEqual([]);
  });
});
