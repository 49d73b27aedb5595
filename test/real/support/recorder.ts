import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { PrivateHost } from './private-host.ts';

/** What one run of virsh is, and how it is run. */
export type Run = {
  /** after the global options */
  readonly args: readonly string[];
  /** global options; `qemu:///system` by default, which is what every user has */
  readonly globals?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** as a user who may do nothing */
  readonly unprivileged?: boolean;
  /** what it reads: pieces, each so many times; nothing by default */
  readonly stdin?: readonly (readonly [text: string, times: number])[];
  /** ended by SIGKILL after so many milliseconds */
  readonly killAfterMs?: number;
};

/** Writes NAME.stdout, and NAME.stderr where there is any, for each run, and index.json with the arguments and the exit status. */
export type Recorder = {
  readonly record: (name: string, run: Run) => Promise<void>;
  readonly finish: () => Promise<void>;
};

/**
 * Empties fixtures/PLACE and records there.
 * @param virsh the program and the arguments before its own, for another virsh than this machine's
 */
export async function recorder(
  host: PrivateHost,
  place: string,
  virsh: readonly string[] = ['virsh'],
): Promise<Recorder> {
  const directory = fileURLToPath(new URL(`../../../fixtures/${place}/`, import.meta.url));
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const index: Record<string, unknown> = {};
  const record = async (name: string, run: Run): Promise<void> => {
    const { args, globals = ['-c', 'qemu:///system'], env = {}, unprivileged, stdin = [], killAfterMs } = run;
    const [program = '', ...words] = [...host.enter, ...asUser(unprivileged), ...virsh, ...globals, ...args];
    const result = await execa(program, words, {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C', ...env },
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
      killSignal: 'SIGKILL',
      input: stdin.map(([text, times]) => text.repeat(times)).join(''),
      ...(killAfterMs === undefined ? {} : { timeout: killAfterMs }),
    });
    index[name] = {
      virsh: [...globals, ...args].map((word) => neutral(host, word)),
      ...(run.stdin === undefined ? {} : { stdin }),
      ...(run.env === undefined ? {} : { env }),
      ...(unprivileged === undefined ? {} : { unprivileged }),
      status: result.exitCode ?? null,
      ...(result.signal === undefined ? {} : { signal: result.signal }),
    };
    await writeFile(`${directory}${name}.stdout`, neutral(host, result.stdout));
    if (result.stderr !== '') await writeFile(`${directory}${name}.stderr`, neutral(host, result.stderr));
  };
  const finish = (): Promise<void> =>
    writeFile(`${directory}index.json`, `${JSON.stringify(index, null, 2)}\n`);
  return { record, finish };
}

/** Also into the namespace of processes, for polkit asks who the process is. */
function asUser(unprivileged: boolean | undefined): readonly string[] {
  const nobody = ['--pid', 'setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  return unprivileged === true ? nobody : [];
}

/** Nothing of the machine is recorded: not its paths, its UUID, its kind of CPU. */
function neutral(host: PrivateHost, text: string): string {
  return text
    .replaceAll(host.directory, '/var/lib/libvirt/images')
    .replace(/(<host>\s*<uuid>)[^<]*/, '$1b1d2f6a0-3c4e-4f5a-8b6c-7d8e9fa0b1c2')
    .replace(/^ {6}<(vendor|microcode|signature|maxphysaddr|feature) .*\n|^ {6}<vendor>.*\n/gm, '');
}
