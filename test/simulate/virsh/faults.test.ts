import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createState } from '../../../src/simulate/virsh/state-dir.ts';
import { temporaryDirectory } from '../../support/executable.ts';
import { hostOf } from '../support/host-of.ts';
import { virshOn } from '../support/virsh-on.ts';

const dir = temporaryDirectory();
const faulty = (fault: string, ...argv: readonly string[]) => virshOn(dir, argv, { VIRSH_SIM_FAULT: fault });

describe('faults', () => {
  beforeEach(() =>
    createState(dir, hostOf('pcpus = 4\n[[domains]]\nname = "g-%d"\ncount = 2\nvcpus = 2\ndemand = 30\n')),
  );

  it('leaves the delay out, as before libvirt 7.2', () => {
    expect(virshOn(dir, ['domstats', '--vcpu']).stdout.match(/delay=/g)).toHaveLength(4);
    expect(faulty('nodelay', 'domstats', '--vcpu').stdout).not.toContain('delay');
    expect(faulty('nodelay', 'domstats', '--vcpu').stdout).toContain('vcpu.1.time=');
  });

  it('leaves the time of one vCPU out', () => {
    const { stdout } = faulty('missing-time=g-2/1', 'domstats', '--vcpu');
    expect(stdout.match(/time=/g)).toHaveLength(3);
    expect(faulty('missing-time', 'domstats', '--vcpu').stdout).not.toContain('time=');
  });

  it('refuses one pin and no other', () => {
    const said = faulty('pin-fails=g-1/1', 'vcpupin g-1 1 2 --live; vcpupin g-1 0 2 --live; vcpupin g-1');
    expect(said.stderr).toBe("error: Invalid value '2' for 'cpuset.cpus': Invalid argument\n");
    expect(said.stdout).toContain(' 0      2\n 1      0-3\n');
  });

  it('cuts stdout in the middle, whatever the status', () => {
    const whole = virshOn(dir, ['list', '--uuid', '--name']).stdout;
    const cut = faulty('truncate', 'list', '--uuid', '--name');
    expect(cut).toEqual({ stdout: whole.slice(0, whole.length / 2), stderr: '', status: 0 });
  });

  it('garbles figures', () => {
    expect(faulty('garble', 'nodecpumap').stdout).toBe(virshOn(dir, ['nodecpumap']).stdout);
    expect(faulty('garble', 'list', '--uuid').stdout).toMatch(/\dx\d/);
  });

  it('reads the file `fault` too, and heeds no other words', () => {
    writeFileSync(join(dir, 'fault'), 'nodelay nonsense\n');
    expect(virshOn(dir, ['domstats', '--vcpu']).stdout).not.toContain('delay');
    writeFileSync(join(dir, 'fault'), '');
    expect(virshOn(dir, ['domstats', '--vcpu']).stdout).toContain('delay');
  });

  it('connects when a command first needs it, where -c does not say where to', () => {
    const said = faulty('unreachable', 'echo a; list; echo b');
    expect(said).toEqual({
      stdout: 'a\n\nb\n',
      stderr:
        "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory\n",
      status: 0,
    });
    expect(faulty('unreachable', '-c', '@', 'echo a; list; echo b')).toMatchObject({ stdout: '', status: 1 });
  });

  it('refuses a pCPU that is offline', () => {
    virshOn(dir, ['pcpu', '3', 'offline']);
    const said = virshOn(dir, ['vcpupin', 'g-1', '0', '3', '--live']);
    expect(said).toEqual({
      stdout: '\n',
      stderr: "error: Invalid value '3' for 'cpuset.cpus': Invalid argument\n",
      status: 1,
    });
    expect(virshOn(dir, ['nodecpumap']).stdout).toContain('CPU map:        yyy-\n');
    expect(virshOn(dir, ['capabilities']).stdout).not.toContain("<cpu id='3'");
  });

  it('says that there is no host in a directory without one', () => {
    expect(virshOn(join(dir, 'none'), ['-c', '@', 'list']).stderr).toBe(
      `error: failed to connect to the hypervisor\nerror: there is no simulated host in '${join(dir, 'none')}'\n`,
    );
  });
});
