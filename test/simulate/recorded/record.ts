import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

// Records what virsh prints for the words in calls.json, over libvirt's test driver, which needs no daemon:
//   node test/simulate/recorded/record.ts
// It was run with virsh 9.0.0 (Debian 12, 9.0.0-4+deb12u2). Node 22.18 or later runs it as it is.

type Call = { readonly argv: readonly string[]; stdout?: string; stderr?: string; status?: number | null };

const file = new URL('calls.json', import.meta.url);
const { LANGUAGE: _, ...env } = process.env;
const calls: readonly Call[] = JSON.parse(readFileSync(file, 'utf8'));
const recorded = calls.map(({ argv }) => {
  const { stdout, stderr, status } = spawnSync('virsh', argv, {
    env: { ...env, LC_ALL: 'C' },
    encoding: 'utf8',
  });
  return { argv, stdout, stderr, status };
});
writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
