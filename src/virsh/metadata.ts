import { parseCpuList } from '../model/cpu-set.ts';
import type { DomainRule } from '../model/domain-rule.ts';

/** The namespace of vcpusched's element in a domain's `<metadata>`. */
export const metadataUri = 'urn:vcpusched:domain';

/** What a domain says of itself; `leave` is why it is to be left alone, because it asks for that or cannot be understood. */
export type Metadata = { readonly rule: DomainRule; readonly leave: string | undefined };

/**
 * Reads `<vcpusched:domain managed='no' cpus='0-3' priority='5'/>`, by its namespace, whatever the prefix. What is
 * not understood is not passed over: it might be what keeps a domain where it is.
 * @param metadata the parsed `<metadata>`; libvirt keeps one element of each namespace there
 */
export function readMetadata(metadata: unknown): Metadata {
  const elements = Object.entries(isElement(metadata) ? metadata : {}).flatMap(([name, content]) =>
    (Array.isArray(content) ? content : [content]).flatMap((each) =>
      isElement(each) && isOurs(name, each) ? [{ name, each }] : [],
    ),
  );
  const [first, ...others] = elements;
  if (first === undefined) return { rule: {}, leave: undefined };
  if (others.length > 0) return wrong('more than one element');
  if (first.name.replace(/^.*:/, '') !== 'domain') return wrong(`<${first.name}> is not known`);
  return readAttributes(first.each);
}

type Element = Readonly<Record<string, unknown>>;

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null;
}

/** libvirt puts the declaration of the namespace on the element itself. */
function isOurs(name: string, element: Element): boolean {
  const [prefix] = name.includes(':') ? name.split(':') : [];
  return element[prefix === undefined ? '@xmlns' : `@xmlns:${prefix}`] === metadataUri;
}

function readAttributes(element: Element): Metadata {
  let rule: DomainRule = {};
  let leave: string | undefined;
  for (const [key, value] of Object.entries(element)) {
    const text = String(value);
    const unusable = wrong(`${key.slice(1)}='${text}'`);
    if (key.startsWith('@xmlns')) continue;
    if (key === '@managed') {
      if (text !== 'yes' && text !== 'no') return unusable;
      if (text === 'no') leave = "its metadata says managed='no'";
    } else if (key === '@cpus') {
      const set = cpuList(text);
      if (set === undefined) return unusable;
      rule = { ...rule, cpus: { set, by: 'its metadata' } };
    } else if (key === '@priority') {
      if (!/^-?\d{1,6}$/.test(text)) return unusable;
      rule = { ...rule, priority: Number(text) };
    } else {
      return wrong(
        key.startsWith('@') ? `the attribute ${key.slice(1)} is not known` : 'it holds more than attributes',
      );
    }
  }
  return { rule, leave };
}

function wrong(what: string): Metadata {
  return { rule: {}, leave: `its metadata cannot be understood: ${what}` };
}

function cpuList(text: string) {
  try {
    const set = parseCpuList(text);
    return set.length > 0 ? set : undefined;
  } catch {
    return undefined;
  }
}
