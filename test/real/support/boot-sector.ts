import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** What one vCPU of a guest does: it spins for `duty` of every 64 ticks of 4 ms, shifted by `phase` ticks. */
export type VcpuDuty = {
  /** 0 to 64 */
  readonly duty: number;
  readonly phase?: number;
  /** the duty from `Sector.laterAtS` on; the same as before where it is not given */
  readonly laterDuty?: number;
};

export type Sector = {
  /** at most 8 */
  readonly vcpus: readonly VcpuDuty[];
  /** guest seconds after its start, rounded to 1.024 s, at which the later duties begin; never by default */
  readonly laterAtS?: number;
};

/** A raw disk of one boot sector with these duties patched in. */
export async function bootSector(sector: Sector): Promise<Buffer> {
  assembled ??= assemble();
  const image = Buffer.from(await assembled);
  const laterAt = sector.laterAtS === undefined ? 0xffff : Math.round(sector.laterAtS / 1.024);
  image.writeUInt16LE(laterAt, parametersAt);
  sector.vcpus.forEach(({ duty, phase = 0, laterDuty = duty }, i) => {
    image.set([duty, phase, laterDuty], parametersAt + 2 + 3 * i);
  });
  return image;
}

/** `.org 480` in boot-sector.s */
const parametersAt = 480;

let assembled: Promise<Buffer> | undefined;

async function assemble(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'boot-sector-'));
  try {
    const source = fileURLToPath(new URL('boot-sector.s', import.meta.url));
    const [object, image] = [join(directory, 'object'), join(directory, 'image')];
    await execa('as', ['--32', source, '-o', object]);
    await execa('ld', ['-m', 'elf_i386', '-Ttext', '0x7c00', '--oformat', 'binary', object, '-o', image]);
    return await readFile(image);
  } finally {
    await rm(directory, { recursive: true });
  }
}
