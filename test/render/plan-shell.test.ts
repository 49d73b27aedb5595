import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { planShell } from '../../src/render/plan-shell.ts';
import { vcpupinWords } from '../../src/virsh/commands/vcpupin.ts';
import { anyText, control } from '../support/any-text.ts';
import { executable, temporaryDirectory } from '../support/executable.ts';
import { moveOf, planOf } from '../support/plans.ts';
import { guestUuid } from '../support/sim-host.ts';

const script = (plan: Plan, ...virsh: readonly string[]) =>
  planShell(plan, virsh.length === 0 ? ['virsh'] : virsh, ({ domain, vcpu, to }) =>
    vcpupinWords(domain.uuid, vcpu, to),
  );

test('a script', () => {
  const plan = planOf([moveOf(1, 'web', [1]), moveOf(2, "it's\n", [2, 3], { vcpu: 4, from: [0, 1] })]);
  expect(script(plan, 'virsh', '-c', 'qemu:///system')).toBe(`#!/bin/sh
# the loads go from 0-120 % to 60-60 %
failed=0

# web: vCPU 0 from 0 to 1
virsh -c qemu:///system vcpupin --domain ${guestUuid(1)} --vcpu 0 --cpulist 1 --live || failed=1

# it's\\u{a}: vCPU 4 from 0-1 to 2-3
virsh -c qemu:///system vcpupin --domain ${guestUuid(2)} --vcpu 4 --cpulist 2-3 --live || failed=1

exit "$failed"
`);
});

test('whatever a domain is called, the script runs what it would run for any other name', () => {
  const code = (name: string) =>
    script(planOf([moveOf(1, name, [1])], { summary: name }))
      .split('\n')
      .filter((line) => !line.startsWith('#'));
  fc.assert(
    fc.property(anyText, (name) => {
      expect(code(name)).toEqual(code('web'));
      expect(script(planOf([moveOf(1, name, [1])])).replaceAll('\n', '')).not.toMatch(control);
    }),
  );
});

describe('run by sh', () => {
  function runScript(text: string): { readonly status: number; readonly output: string } {
    const file = join(temporaryDirectory(), 'script');
    writeFileSync(file, text);
    try {
      return {
        status: 0,
        output: execFileSync('sh', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
      };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { status, output: stdout };
    }
  }
  const pinned = (...domains: readonly number[]) =>
    domains
      .map((index) => `<vcpupin><--domain><${guestUuid(index)}><--vcpu><0><--cpulist><1><--live>\n`)
      .join('');

  test('it pins each move once, and nothing else, whatever the names', () => {
    const names = [
      "'; touch x; '",
      '$(touch x)',
      '`touch x`',
      '\ntouch x\n',
      '\\',
      '\r\ntouch x',
      '\u2028touch x',
    ];
    const virsh = executable(`printf '<%s>' "$@"`, 'echo');
    const { status, output } = runScript(script(planOf(names.map((name, i) => moveOf(i, name, [1]))), virsh));
    expect(output).toBe(pinned(...names.keys()));
    expect(status).toBe(0);
  });

  test('it goes on after a pin that fails, and ends with 1', () => {
    const virsh = executable(`printf '<%s>' "$@"`, 'echo', `test "$3" != ${guestUuid(1)}`);
    const plan = planOf([moveOf(1, 'a', [1]), moveOf(2, 'b', [1])]);
    expect(runScript(script(plan, virsh))).toEqual({ status: 1, output: pinned(1, 2) });
  });

  test.each(['qemu+ssh://root@host/system?a=b&c=d', "test:///it's $HOME", 'a b', '', '~', 'X=1', '*'])(
    'the connection %j reaches virsh as it is',
    (uri) => {
      const log = join(temporaryDirectory(), 'log');
      const virsh = executable(`printf '%s' "$2" >${log}`);
      expect(runScript(script(planOf([moveOf(1, 'a', [1])]), virsh, '-c', uri)).status).toBe(0);
      expect(readFileSync(log, 'utf8')).toBe(uri);
    },
  );

  test.each(['sh', 'bash'])(
    '%s gives virsh each word as it is, whatever the names and the connection',
    (shell) => {
      // In bytes, and without what no argument can hold.
      const texts = fc
        .sample(anyText, { numRuns: 25, seed: 1 })
        .map((text) => text.replaceAll('\0', '').replaceAll(/\p{Cs}/gu, ''));
      const virsh = executable(`printf '%s\\0' "$@"`);
      const text = texts.map((each) =>
        script(planOf([moveOf(1, each, [1])], { summary: each }), virsh, '-c', each),
      );
      const folder = temporaryDirectory();
      // Each in a shell of its own within one.
      const output = execFileSync(shell, ['-c', text.map((each) => `(\n${each})`).join('\n')], {
        encoding: 'utf8',
        cwd: folder,
      });
      const pin = ['vcpupin', '--domain', guestUuid(1), '--vcpu', '0', '--cpulist', '1', '--live'];
      expect(output.split('\0').slice(0, -1)).toEqual(texts.flatMap((each) => ['-c', each, ...pin]));
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test.each(['my virsh', 'a=b', "it's"])('a virsh in the folder %j is found', (folder) => {
    const virsh = executable(`printf '<%s>' "$@"`, 'echo').replace(/[^/]*$/, '');
    const place = temporaryDirectory();
    execFileSync('ln', ['-s', virsh, join(place, folder)]);
    const text = script(planOf([moveOf(1, 'a', [1])]), join(folder, 'virsh'));
    expect(runScript(`cd ${place}\n${text}`)).toEqual({ status: 0, output: pinned(1) });
  });
});
