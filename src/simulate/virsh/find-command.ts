import type { Command } from './command.ts';
import * as about from './commands/about.ts';
import { capabilities } from './commands/capabilities.ts';
import * as facts from './commands/domain-facts.ts';
import { domjobinfo } from './commands/domjobinfo.ts';
import { domstats } from './commands/domstats.ts';
import { dumpxml } from './commands/dumpxml.ts';
import { echo } from './commands/echo.ts';
import * as lifecycle from './commands/lifecycle.ts';
import { list } from './commands/list.ts';
import { metadata } from './commands/metadata.ts';
import { nodecpumap, nodeinfo } from './commands/node.ts';
import { nodecpustats } from './commands/nodecpustats.ts';
import { nodedevDumpxml } from './commands/nodedev-dumpxml.ts';
import * as own from './commands/own.ts';
import { vcpuinfo } from './commands/vcpuinfo.ts';
import { vcpupin } from './commands/vcpupin.ts';

/** The command of a name. */
export function findCommand(name: string): Command | undefined {
  return commands.find((command) => command.name === name);
}

const commands: readonly Command[] = [
  about.hostname,
  about.uri,
  about.version,
  capabilities,
  domjobinfo,
  domstats,
  dumpxml,
  echo,
  facts.domid,
  facts.domname,
  facts.domstate,
  facts.domuuid,
  lifecycle.destroy,
  lifecycle.resume,
  lifecycle.setvcpus,
  lifecycle.start,
  lifecycle.suspend,
  list,
  metadata,
  nodecpumap,
  nodecpustats,
  nodedevDumpxml,
  nodeinfo,
  own.background,
  own.demand,
  own.pcpu,
  vcpuinfo,
  vcpupin,
];
