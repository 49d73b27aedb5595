import { expect, test } from 'vitest';
import { advance } from '../../../src/simulate/advance.ts';
import { type EncoderMemory, encodeSample } from '../../../src/simulate/recording/encode.ts';
import { buildHost } from '../../../src/simulate/scenario/build-host.ts';
import { parseScenario } from '../../../src/simulate/scenario/parse-scenario.ts';
import { snapshotOf } from '../../../src/simulate/snapshot-of.ts';
import { gzipMember } from '../../../src/state/gzip-member.ts';
import { run } from './any-samples.ts';

const gigabyte = 1e9;
const samplesADay = 86_400 / 5;

/** Bytes a day that 500 vCPUs take, plain and gzipped, from 50 samples of a simulated host. */
function day(affinity: string): { readonly plain: number; readonly zipped: number } {
  const text = `pcpus = 64\n[[domains]]\nname = "guest-%d"\ncount = 500\naffinity = "${affinity}"\ndemand = 15\nnoise = 5\n`;
  const fail = (): never => expect.fail('the scenario is wrong');
  let host = buildHost(parseScenario('large', text), fail, fail);
  let memory: EncoderMemory | undefined;
  const bytes = { plain: 0, zipped: 0 };
  const samples = 50;
  for (let i = 0; i < samples; i++) {
    host = advance(host, 5);
    const encoded = encodeSample(run, memory, { wallMs: i * 5000, snapshot: snapshotOf(host) });
    memory = encoded.memory;
    const lines = encoded.lines.map((line) => `${line}\n`).join('');
    bytes.plain += Buffer.byteLength(lines);
    bytes.zipped += gzipMember(lines).length;
  }
  const aDay = (count: number) => (count / samples) * samplesADay;
  return { plain: aDay(bytes.plain), zipped: aDay(bytes.zipped) };
}

test.each(['in-turn', 'all'])(
  'a day of 500 vCPUs at 5 s stays far below 1.5 GB (affinity: %s)',
  (affinity) => {
    const { plain, zipped } = day(affinity);
    expect(plain).toBeLessThan(0.3 * gigabyte);
    expect(zipped).toBeLessThan(0.15 * gigabyte);
  },
);
