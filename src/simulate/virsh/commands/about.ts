import type { Command } from '../command.ts';

export const libvirtVersion = '9.0.0';

/** The commands that tell about the connection itself. */
export const version: Command = {
  name: 'version',
  options: [{ name: 'daemon', kind: 'flag' }],
  run: (args) =>
    [
      `Compiled against library: libvirt ${libvirtVersion}`,
      `Using library: libvirt ${libvirtVersion}`,
      `Using API: SIM ${libvirtVersion}`,
      'Running hypervisor: SIM 1.0.0',
      ...(args.has('daemon') ? [`Running against daemon: ${libvirtVersion}`] : []),
      '',
    ].join('\n'),
};

export const uri: Command = {
  name: 'uri',
  options: [],
  run: (_, session) => `${session.uri}\n`,
};

export const hostname: Command = {
  name: 'hostname',
  options: [],
  run: () => 'simulated-host\n',
};
