/** An argument of a command, which stands without a name. */
export type Argument = {
  /** the setting that it gives */
  readonly key: string;
  /** what stands for it in the help: `<file>` */
  readonly value: string;
  readonly isOptional?: true;
  readonly isRepeated?: true;
  readonly complete?: Completion;
};

/** What a shell offers for a value, besides the words that it may be. */
export type Completion = 'file' | 'folder' | 'program' | 'domain' | 'policy' | 'command' | readonly string[];

/** A command as the command line has it. */
export type Command = {
  /** one line, for the list of all */
  readonly summary: string;
  /** what it does and when to use it, for its own help */
  readonly text: string;
  readonly arguments: readonly Argument[];
};

/** Every command, in the order of the help. */
export const commands = {
  once: {
    summary: 'measure, plan, pin and verify, once',
    text: 'Takes two samples, makes one plan, pins, and verifies each pin. Use it from cron, or by hand. It prints nothing to a pipe if nothing moved and all is well.',
    arguments: [],
  },
  watch: {
    summary: 'measure, plan, pin and verify, each interval',
    text: 'Takes a sample each interval, such as 10s, and plans, pins and verifies as once does. It remembers demands from cycle to cycle, so it decides better than once. Use it as a service.',
    arguments: [{ key: 'interval', value: 'interval' }],
  },
  plan: {
    summary: 'show what once would do; pin nothing',
    text: 'Takes two samples, and shows what once would do and why. It pins nothing. Use it before the first once, or for monitoring.',
    arguments: [],
  },
  restore: {
    summary: 'restore the affinities from before vcpusched pinned',
    text: 'Restores the affinities that vCPUs had before vcpusched first pinned them. Use it to stop balancing.',
    arguments: [],
  },
  pause: {
    summary: 'pin nothing until resume',
    text: 'Makes every once and watch of this connection pin nothing, until resume, or for the time of --for. They go on measuring and planning.',
    arguments: [],
  },
  resume: {
    summary: 'end a pause',
    text: 'Ends the pause of this connection: the next cycle pins again.',
    arguments: [],
  },
  history: {
    summary: 'show what was moved, when, why, and what came of it',
    text: 'Shows the moves that once, watch and restore --last have made on this connection, with the ready time of each vCPU before and after. A domain, by name, UUID or glob, shows its moves alone.',
    arguments: [{ key: 'moved', value: 'domain', isOptional: true, complete: 'domain' }],
  },
  status: {
    summary: 'show the load of each pCPU and the vCPUs on it',
    text: 'Takes two samples, and shows each pCPU with its load and its vCPUs. It pins nothing.',
    arguments: [],
  },
  top: {
    summary: 'show the host as it changes; pin nothing',
    text: 'Shows the load of each pCPU, the domains, what a plan made now would move, and what was moved, anew each interval. Keys sort, search and choose; h lists them. It prints a line for each cycle if its output is no terminal. It pins nothing.',
    arguments: [{ key: 'interval', value: 'interval', isOptional: true }],
  },
  explain: {
    summary: 'explain why the vCPUs of a domain move or stay',
    text: 'Shows for each vCPU of a domain which pCPUs it may use, its demand, its moves, and what a plan made now would do with it. The domain is a name, a UUID or a glob. It pins nothing.',
    arguments: [{ key: 'subject', value: 'domain', complete: 'domain' }],
  },
  record: {
    summary: 'record what the host does; pin nothing',
    text: 'Samples the host, and appends each sample to a file, which simulate can replay. It pins nothing. A file whose name ends in .gz is gzipped.',
    arguments: [{ key: 'file', value: 'file', complete: 'file' }],
  },
  simulate: {
    summary: 'try policies on scenarios, recordings or traces',
    text: 'Tries policies in virtual time, and prints a table of the results. Each input is a scenario (.toml), a trace (.csv) or a recording (any other name). It reads no host and pins nothing.',
    arguments: [{ key: 'inputs', value: 'input', isRepeated: true, complete: 'file' }],
  },
  report: {
    summary: 'tell what the host of a recording is like',
    text: 'Reads a recording, and tells how full the host was, how long vCPUs waited, in which hours, what balancing did and could do, and how many more vCPUs fit. It reads no host and pins nothing.',
    arguments: [{ key: 'file', value: 'recording', complete: 'file' }],
  },
  doctor: {
    summary: 'check what balancing needs on this host',
    text: 'Checks what balancing needs on this host, and says what to do if something is missing. It changes nothing. Use it before you balance a host for the first time.',
    arguments: [],
  },
  config: {
    summary: 'check the configuration, or show the settings',
    text: 'config check reports every fault of the configuration file. config show prints each setting, its value and its source.',
    arguments: [
      { key: 'action', value: 'action', complete: ['check', 'show'] },
      { key: 'config', value: 'file', isOptional: true, complete: 'file' },
    ],
  },
  completion: {
    summary: 'print the completions for bash, zsh or fish',
    text: 'Prints a script that completes the command line of vcpusched. For bash: source <(vcpusched completion bash).',
    arguments: [{ key: 'shell', value: 'shell', complete: ['bash', 'zsh', 'fish'] }],
  },
  help: {
    summary: 'show the help, or that of a command',
    text: 'Shows the help of the program, or of a command, as --help does.',
    arguments: [{ key: 'topic', value: 'command', isOptional: true, complete: 'command' }],
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof commands;

/** The commands that do what settings say; the others tell of the command line itself. */
export type VerbName = Exclude<CommandName, 'completion' | 'help'>;

export const commandNames = Object.keys(commands) as readonly CommandName[];

export function argumentsOf(name: CommandName): readonly Argument[] {
  return commands[name].arguments;
}

/** `watch <interval>`: a command with its arguments. */
export function commandUsage(name: CommandName): string {
  const words = argumentsOf(name).map(({ value, isOptional, isRepeated }) => {
    const shown = isOptional ? `[${value}]` : `<${value}>`;
    return isRepeated ? `${shown}...` : shown;
  });
  return [name, ...words].join(' ');
}
