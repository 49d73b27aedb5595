import { onSimulatedHost, quoted } from './simulated-host.ts';

/** A ```console block of a document: commands behind `$ `, each with what it printed. */
export type Example = { readonly block: string; readonly commands: readonly string[] };

/** The examples of a document, those that go on with the same simulated host together. */
export function examplesIn(document: string): readonly (readonly Example[])[] {
  return document
    .split('<!-- a fresh host -->')
    .map((part) =>
      [...part.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => ({
        block,
        commands: block.split('\n').flatMap((line) => (line.startsWith('$ ') ? line.slice(2) : [])),
      })),
    )
    .filter((examples) => examples.length > 0);
}

/** Runs examples one after the other on a simulated host; returns the blocks as they come out. */
export async function runExamples(examples: readonly Example[]): Promise<readonly string[]> {
  return onSimulatedHost(async (shell) => {
    const blocks: string[] = [];
    for (const { commands } of examples) {
      const shown = commands.map((command) => `printf '%s\\n' ${quoted(`$ ${command}`)}\n${command}\n`);
      const { all } = await shell(shown.join(''));
      blocks.push(`${all}\n`);
    }
    return blocks;
  });
}

/**
 * Without what differs from run to run: measured figures, the folder of the host, the length of bars, the width of
 * columns, how many samples a recorder took, which a slow machine has fewer of. Commands, exit statuses and other counts
 * stay: what was asked and done has to be what is shown.
 */
export function withoutFigures(block: string): string {
  return block
    .split('\n')
    .map((line) => (line.startsWith('$ ') ? line : withoutMeasured(line)))
    .join('\n')
    .replace(/^(?:0 samples? in .*\n)+/gm, '0 samples\n');
}

function withoutMeasured(line: string): string {
  return line
    .replaceAll(/guest-\d+/g, 'guest-0')
    .replaceAll(/[█▉▊▋▌▍▎▏]+/g, '█')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/sim:\/\/\S+/g, 'URI')
    .replaceAll(
      /(?<!exit status |failed=|--vcpu |\d)\d+([-.]\d+)?(?!\d)(?! (v?CPU|pCPU|domain|failed|more|moves?\b))/g,
      '0',
    )
    .replaceAll(/ +/g, ' ');
}
