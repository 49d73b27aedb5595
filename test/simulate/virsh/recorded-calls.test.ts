import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createState } from '../../../src/simulate/virsh/state-dir.ts';
import { uriOf } from '../../../src/simulate/virsh/target.ts';
import { temporaryDirectory } from '../../support/executable.ts';
import { hostOf } from '../support/host-of.ts';
import { virshOn } from '../support/virsh-on.ts';

// How virsh reads its words, quotes, batches and options: test/simulate/recorded/record.ts recorded it.

type Call = {
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
};

const calls: readonly Call[] = JSON.parse(readFileSync('test/simulate/recorded/calls.json', 'utf8'));
const dir = temporaryDirectory();
const testHost = hostOf(`
pcpus = 8
[[domains]]
name = "test"
uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f"
vcpus = 2
max-vcpus = 2
demand = 0
`);

describe('the recorded calls', () => {
  it.each(calls.map((call) => [JSON.stringify(call.argv.slice(-2)), call] as const))('%s', (_, call) => {
    createState(dir, testHost);
    const here = (word: string): string => word.replace('test:///default', uriOf(dir));
    const simulated = virshOn(dir, call.argv.map(here));
    expect(simulated).toEqual({
      stdout: here(call.stdout),
      stderr: here(call.stderr),
      status: call.status,
    });
  });
});
