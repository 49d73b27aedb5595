import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pinAllLive } from '../../src/simulate/actions.ts';
import type { Host } from '../../src/simulate/host.ts';
import { readScenario } from '../../src/simulate/scenario/read-scenario.ts';
import { samplesOf, writeRecording } from './record-scenario.ts';

// Makes fixtures/recordings/demo.ndjson.gz: two hours of the demo's host, a sample each 10 s. After 70 minutes somebody
// gives each pCPU two of its eight vCPUs.
//   node test/support/record-demo.ts
// Node 22.18 or later runs it as it is.

const root = join(import.meta.dirname, '../..');
const plain = join(tmpdir(), `demo-${process.pid}.ndjson`);
const balance = (host: Host, i: number) =>
  i === 420 ? pinAllLive(host, new Map(host.domains.map(({ uuid }, at) => [`${uuid}/0`, [at % 4]]))) : host;
const host = readScenario(join(root, 'fixtures/scenarios/demo.toml'));
await writeRecording(plain, samplesOf(host, 721, 10, balance));
writeFileSync(join(root, 'fixtures/recordings/demo.ndjson.gz'), gzipSync(readFileSync(plain), { level: 9 }));
