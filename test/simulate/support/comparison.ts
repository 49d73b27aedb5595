import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { recorded } from '../../support/recorded.ts';
import { type Said, virshOn } from './virsh-on.ts';

export type RecordedCall = { readonly virsh: readonly string[]; readonly status: number | null };

/** Holds what virsh-sim says of the host in `dir` against what the real virsh said. */
export function comparison(dir: string) {
  function compare(place: string, name: string, call: RecordedCall | undefined, fault = ''): void {
    const { stdout, stderr } = recorded(`${place}/${name}`);
    const simulated = simulate(call, fault);
    expect(simulated.stderr).toBe(stderr);
    // A vCPU that was pinned a moment ago is where it was until it runs again.
    const isPinning = call?.virsh.some((word) => word.includes('vcpupin')) === true;
    const shown = (text: string) => (isPinning ? text.replace(/^CPU: +\d+$/gm, 'CPU: N') : text);
    expect(settled(shown(simulated.stdout))).toBe(settled(shown(stdout)));
    expect(simulated.status).toBe(call?.status);
  }

  function simulate(call: RecordedCall | undefined, fault = ''): Said {
    const argv = (call?.virsh ?? []).map((word) => (word === 'qemu:///system' ? '@' : word));
    return virshOn(dir, argv, { VIRSH_SIM_FAULT: fault });
  }
  return { compare, simulate };
}

/** The calls that were recorded in a folder of fixtures/. */
export function index(place: string): Readonly<Record<string, RecordedCall>> {
  return JSON.parse(readFileSync(`fixtures/${place}/index.json`, 'utf8'));
}

/** Text without what time decides: the figures, where a floating vCPU is, the order of libvirt's hash table. */
function settled(text: string): string {
  const steady = text
    .replace(/(\.(?:time|delay|user|system)=)\d+/g, '$1N')
    .replace(/(user|system|idle|iowait):.*\d$/gm, (line, name) => `${name} in ${line.length} columns`)
    .replace(/^(Time elapsed: {5})\d+ +ms$/m, '$1N')
    .replace(/^Temporary disk space .*\n/gm, '')
    .replace(/^CPU time: .*\n/gm, '')
    .replace(/^CPU: +\d+\n(State: .*\nCPU Affinity: +yy)/gm, 'CPU: N\n$1');
  const blocks = steady.split(/(?<=\n\n|^)(?=Domain: ')/);
  const last = blocks.findLastIndex((block) => block.startsWith('Domain: '));
  const [tail = ''] = /\n\n(?! {2}vcpu).*$/s.exec(blocks[last] ?? '') ?? [];
  const domains = blocks.map((block, i) => (i === last ? block.slice(0, block.length - tail.length) : block));
  return `${domains
    .map((block) => block.trimEnd())
    .sort()
    .join('\n\n')}${tail}`;
}

/** The lines about what vcpusched reads, from the head of a domain's XML. */
export function xmlFacts(text: string): readonly string[] {
  const wanted = /<\/?(domain|name|uuid|vcpu|vcpupin|vcpus|cputune|numatune|memory mode|vcpusched:domain)\b/;
  return text
    .slice(0, text.indexOf('<os>'))
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => line.replace(/ hotpluggable='\w+'/, ''));
}

/** The lines of a domain's XML that tell what tunes it, its cells and its devices. */
export function tuningFacts(text: string): readonly string[] {
  const wanted =
    /<\/?(uuid|cputune|shares|(global_)?(period|quota)|vcpupin|emulatorpin|vcpusched|numatune|memory mode|memnode|resource|partition|topology|numa|cell|hostdev|source>|address domain)\b/;
  return text
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => line.replace(/ memory='\d+'/, ''));
}
