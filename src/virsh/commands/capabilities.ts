import type { Topology } from '../../model/topology.ts';
import type { Command } from '../command.ts';
import { hostTopology } from '../xml.ts';

/** The host's cells, sockets, dies, cores and threads. It can take seconds where libvirt probes QEMU: once a run. */
export const capabilities: Command<Topology> = { words: ['capabilities'], parse: hostTopology };
