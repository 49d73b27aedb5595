import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from './project.ts';

/** Runs a shell script on the host; stdout and stderr come together as a terminal shows them. */
export type Shell = (script: string) => Promise<{ readonly stdout: string; readonly all: string }>;

/** The demo's host for as long as `use` takes, where `virsh` and `vcpusched` are what they would be on a real one. */
export async function onSimulatedHost<T>(use: (shell: Shell) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'vcpusched-docs-'));
  try {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await command(join(bin, 'vcpusched'), 'vcpusched.js');
    await command(join(bin, 'virsh'), 'virsh-sim.js');
    await symlink(`${root}/fixtures`, join(folder, 'fixtures'));
    const host = join(folder, 'host');
    await execa(join(bin, 'virsh'), ['init', host, `${root}/fixtures/scenarios/demo.toml`]);
    const env = {
      PATH: `${bin}:${process.env['PATH']}`,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: folder,
      LIBVIRT_DEFAULT_URI: `sim://${host}`,
      VCPUSCHED_STATE_DIR: join(folder, 'state'),
    };
    const options = {
      cwd: folder,
      env,
      extendEnv: false,
      all: true,
      reject: false,
      timeout: 600_000,
    } as const;
    return await use((script) => execa('sh', ['-c', script], options));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function command(path: string, program: string): Promise<void> {
  await writeFile(
    path,
    `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(`${root}/bin/${program}`)} "$@"\n`,
  );
  await chmod(path, 0o755);
}

/** A word for a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
