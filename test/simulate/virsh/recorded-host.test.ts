import { beforeAll, describe, expect, it } from 'vitest';
import { startJob } from '../../../src/simulate/actions.ts';
import { advance } from '../../../src/simulate/advance.ts';
import type { Host } from '../../../src/simulate/host.ts';
import { readScenario } from '../../../src/simulate/scenario/read-scenario.ts';
import { createState } from '../../../src/simulate/virsh/state-dir.ts';
import { temporaryDirectory } from '../../support/executable.ts';
import { recorded } from '../../support/recorded.ts';
import { comparison, index, tuningFacts, xmlFacts } from '../support/comparison.ts';
import { uuidOf } from '../support/figures.ts';
import { hostOf } from '../support/host-of.ts';
import { virshOn } from '../support/virsh-on.ts';

// fixtures/scenarios/odd-names.toml has the domains of the recorded host: what virsh printed of that host,
// virsh-sim has to print too, but for the figures that time makes.

const calls = index('hosts/qemu-9.0.0');
const failures = index('stderr');
const dir = temporaryDirectory();
const { simulate, compare } = comparison(dir);
const renew = (): void => createState(dir, readScenario('fixtures/scenarios/odd-names.toml'));

describe('the recorded host', () => {
  // About the machine and its hypervisor; of these the parts that matter are compared further down.
  const otherwise = [
    'version',
    'nodeinfo',
    'capabilities',
    'domstats',
    'vcpucount.03',
    'batch.first-sample',
    'uri',
  ];
  const names = Object.keys(calls).filter((name) => !otherwise.includes(name) && !name.startsWith('dumpxml'));
  // vCPU 3 of `hotplug` was plugged in live only; the simulated host has one number of vCPUs for both.
  const xmlNames = Object.keys(calls).filter(
    (name) => name.startsWith('dumpxml') && name !== 'dumpxml--inactive.03',
  );

  // Once for all of them: the recorded batches build on one another's pins.
  beforeAll(renew);

  it('has recordings to compare with', () => {
    expect(names.length).toBeGreaterThan(40);
    expect(xmlNames.length).toBeGreaterThan(15);
  });

  it.each(names)('%s', (name) => compare('hosts/qemu-9.0.0', name, calls[name]));

  it.each(xmlNames)('%s: names, vCPUs and pins', (name) => {
    renew();
    const facts = xmlFacts(recorded(`hosts/qemu-9.0.0/${name}`).stdout);
    expect(facts.length).toBeGreaterThan(2);
    expect(xmlFacts(simulate(calls[name]).stdout)).toEqual(facts);
  });

  it('has the same CPUs in its capabilities, with the same attributes', () => {
    const cpus = (text: string): readonly string[] => text.match(/^ *<(cell |cpus |cpu ).*$/gm) ?? [];
    const { stdout } = recorded('hosts/qemu-9.0.0/capabilities');
    expect(cpus(stdout)).toHaveLength(4);
    expect(cpus(simulate(calls['capabilities']).stdout)).toEqual(cpus(stdout));
  });

  it('has the same lines in nodeinfo, with other figures', () => {
    const fields = (text: string): string => text.replace(/[\d.]+/g, 'N');
    const { stdout } = recorded('hosts/qemu-9.0.0/nodeinfo');
    expect(fields(simulate(calls['nodeinfo']).stdout)).toBe(fields(stdout));
  });
});

describe('the recorded limits', () => {
  const limits = index('hosts/limits-9.0.0');
  const names = Object.keys(limits);
  // What an XML parser complains of, and where the memory of a modelled domain is.
  const otherwise = ['metadata.not-xml', 'numatune.bound'];

  // In the order of the recording, for each builds on those before.
  beforeAll(() => {
    createState(dir, readScenario('fixtures/scenarios/limits.toml'));
    for (const vcpu of ['0', '1']) virshOn(dir, ['vcpupin', 'bound', vcpu, '0', '--live']);
  });

  it.each(names.filter((name) => !otherwise.includes(name)))('%s', (name) => {
    if (!name.startsWith('dumpxml')) return compare('hosts/limits-9.0.0', name, limits[name]);
    const { stdout } = recorded(`hosts/limits-9.0.0/${name}`);
    expect(xmlFacts(simulate(limits[name]).stdout)).toEqual(xmlFacts(stdout));
  });
});

describe('the recorded load', () => {
  const load = index('hosts/load-9.0.0');
  const duringJob = ['domjobinfo.job', 'domstats--nowait.job', 'vcpuinfo.job', 'vcpupin.job'];
  const otherwise = ['domjobinfo.job--rawstats', 'dumpxml.job', ...duringJob];
  const names = Object.keys(load).filter((name) => !otherwise.includes(name));
  const later = (): Host => advance(readScenario('fixtures/scenarios/load.toml'), 2);

  it.each(names)('%s', (name) => {
    createState(dir, later());
    if (!name.startsWith('dumpxml')) return compare('hosts/load-9.0.0', name, load[name]);
    const facts = tuningFacts(recorded(`hosts/load-9.0.0/${name}`).stdout);
    expect(facts.length).toBeGreaterThan(0);
    expect(tuningFacts(simulate(load[name]).stdout)).toEqual(facts);
  });

  it.each(duringJob)('%s', (name) => {
    const host = later();
    // The recorded domain that is saved answers no domjobinfo: there it is one that is backed up.
    const [of, operation] = name === 'domjobinfo.job' ? ['tuned', 'Backup'] : ['plain', 'Save'];
    createState(dir, startJob(host, uuidOf(host, of), operation, 3e8));
    compare('hosts/load-9.0.0', name, load[name]);
  });
});

describe('the recorded failures', () => {
  const faults: Readonly<Record<string, string>> = {
    'daemon-down': 'unreachable',
    'daemon-down.one-command': 'unreachable',
    'permission-denied': 'denied',
    'polkit-refused': 'polkit',
  };
  const elsewhere =
    /^(locale|killed|daemon-killed|daemon-stopped|polkit-without|unknown-uri-path|unprivileged)/;
  const network = ['unknown-host', 'refused-connection', 'no-such-socket'];
  const names = Object.keys(failures).filter((name) => !elsewhere.test(name) && !network.includes(name));

  it('has recordings to compare with', () => {
    expect(names.length).toBeGreaterThan(20);
  });

  it.each(names)('%s', (name) => {
    const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000000';
    createState(dir, hostOf(`pcpus=2\n[[domains]]\nname="web"\nuuid="${uuid}"\nvcpupin=0\ndemand=0\n`));
    if (name.startsWith('paused')) virshOn(dir, ['suspend', 'web']);
    if (name.startsWith('not-running')) virshOn(dir, ['destroy', 'web']);
    compare('stderr', name, failures[name], faults[name]);
  });
});
