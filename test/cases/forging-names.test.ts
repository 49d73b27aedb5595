import { expect, test } from 'vitest';
import { affinitiesOf, simInMemory } from '../support/sim-in-memory.ts';

// Who names a domain writes what virsh prints: it escapes no name.

const web = '6c0e3c5a-54d1-4b0e-9d8e-000000000001';

test.each([
  'web ',
  `row\n${web} web`,
  `row\n${web} another`,
  "line'\nDomain: 'web",
  "line'\n  state.state=1\n\nDomain: 'web'\n  vcpu.0.time=9",
])('%j keeps no other domain from being balanced by one run', async (name) => {
  const sim = simInMemory(`pcpus = 2
[[domains]]
name = "web"
uuid = "${web}"
affinity = 0
demand = 60
[[domains]]
name = "db"
affinity = 0
demand = 60
[[domains]]
name = ${JSON.stringify(name)}
affinity = 0
demand = 0
`);
  expect(await sim.vcpusched('once', '--domain', 'web')).toMatchObject({ status: 0, err: '' });
  expect(affinitiesOf(sim)).toMatchObject({ 'web/0': '1', 'db/0': '0', [`${name}/0`]: '0' });
});
