/**
 * Records what the virsh of other Debians prints over their own libvirtd and QEMU, for fixtures/versions. By hand, as
 * root, with Node 22.18 or later:
 *
 *   test/real/debians.sh FOLDER && node test/real/record-versions.ts FOLDER/*
 *
 * A root is a folder with the files of a Debian; `/` is this machine's. Besides each with itself, the virsh of the
 * oldest and that of the newest are recorded over the libvirtd of the other.
 */

import { execa } from 'execa';
import { startHost } from './support/private-host.ts';
import { recordVersion } from './support/record-version.ts';
import { virshOfRoot } from './support/virsh-of-root.ts';

const versionOf = async (root: string): Promise<string> => {
  const [loader = '', ...words] = virshOfRoot(root);
  return (await execa(loader, [...words, '--version'])).stdout.trim();
};
const roots = await Promise.all(
  process.argv.slice(2).map(async (root) => ({ root, version: await versionOf(root) })),
);
roots.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
for (const daemon of roots) {
  const clients = new Set([daemon]);
  const [oldest, newest] = [roots.at(0), roots.at(-1)];
  if (daemon === oldest && newest !== undefined) clients.add(newest);
  if (daemon === newest && oldest !== undefined) clients.add(oldest);
  for (const client of clients) {
    const place = client === daemon ? daemon.version : `${client.version}-over-${daemon.version}`;
    process.stdout.write(`${place}\n`);
    const host = await startHost(daemon.root);
    try {
      await recordVersion(host, place, virshOfRoot(client.root));
    } finally {
      await host.stop();
    }
  }
}
