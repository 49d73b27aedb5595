import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createState, loadState, lockState, saveState } from '../../../src/simulate/virsh/state-dir.ts';
import { temporaryDirectory } from '../../support/executable.ts';
import { hostOf } from '../support/host-of.ts';
import { virshOn } from '../support/virsh-on.ts';

const host = hostOf('pcpus = 2\n[[domains]]\nname = "a"\ndemand = 50\n');

/** A host whose state was saved a while ago. */
function hostSavedAgo(seconds: number): string {
  const dir = temporaryDirectory();
  createState(dir, host);
  const { startedMs, host: saved } = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8'));
  writeFileSync(
    join(dir, 'state.json'),
    JSON.stringify({ startedMs: startedMs - seconds * 1000, host: saved }),
  );
  const then = Date.now() / 1000 - seconds;
  utimesSync(join(dir, 'state.json'), then, then);
  return dir;
}

const savedNs = (dir: string): number => JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')).host.nowNs;

describe('the state of a host', () => {
  it('is what it was, and the time since', () => {
    const beganMs = performance.now();
    const then = loadState(hostSavedAgo(20))?.host;
    expect(then?.nowNs).toBeGreaterThanOrEqual(20e9);
    expect(then?.nowNs).toBeLessThanOrEqual(20e9 + (performance.now() - beganMs + 1) * 1e6);
    expect(then?.domains[0]?.vcpus[0]?.runNs).toBeCloseTo((then?.nowNs ?? 0) / 2, -3);
  });

  it('does not go back where the clock was set back', () => {
    expect(loadState(hostSavedAgo(-100))?.host.nowNs).toBe(0);
  });

  it('is saved by a call that changes something, not by one that reads', () => {
    const dir = hostSavedAgo(5);
    virshOn(dir, ['list']);
    expect(savedNs(dir)).toBe(0);
    virshOn(dir, ['vcpupin', 'a', '0', '1', '--live']);
    expect(savedNs(dir)).toBeGreaterThan(5e9);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  it('is saved by a call that reads where much time has passed', () => {
    const dir = hostSavedAgo(3600);
    virshOn(dir, ['list']);
    expect(savedNs(dir)).toBeGreaterThan(3600e9);
  });

  it('is saved although the last command failed', () => {
    const dir = hostSavedAgo(0);
    expect(virshOn(dir, ['vcpupin a 0 1 --live; vcpupin a 9 1 --live']).status).toBe(1);
    expect(virshOn(dir, ['-q', 'vcpupin', 'a']).stdout).toBe(' 0   1\n');
  });

  it('can be locked once, and again where the holder was killed', () => {
    const dir = hostSavedAgo(0);
    const unlock = lockState(dir);
    expect(readFileSync(join(dir, 'lock'), 'utf8')).toBe(String(process.pid));
    unlock?.();
    // No process has this number: Linux goes up to 2^22.
    writeFileSync(join(dir, 'lock'), '99999999');
    lockState(dir)?.();
    expect(existsSync(join(dir, 'lock'))).toBe(false);
    expect(lockState(join(dir, 'nowhere'))).toBeUndefined();
  });

  it('leaves no draft behind', () => {
    const dir = hostSavedAgo(0);
    saveState(dir, { startedMs: 0, host });
    expect(existsSync(join(dir, `state.json.${process.pid}`))).toBe(false);
  });

  it('is not there: told to a call that would change it, too', () => {
    const dir = join(temporaryDirectory(), 'none');
    expect(virshOn(dir, ['vcpupin', 'a', '0', '0']).stderr).toContain('there is no simulated host in');
  });
});
