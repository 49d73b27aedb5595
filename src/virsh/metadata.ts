import { XMLParser } from 'fast-xml-parser';
import { parseCpuList } from '../model/cpu-set.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import { attribute, child, children, parserOptions, parseXml, type XmlElement } from './xml.ts';

/** The namespace of vcpusched's element in a domain's `<metadata>`. */
export const metadataUri = 'urn:vcpusched:domain';

/** What a domain says of itself; `leave` is why it is to be left alone, because it asks for that or cannot be understood. */
export type Metadata = { readonly rule: DomainRule; readonly leave: string | undefined };

/**
 * Reads `<vcpusched:domain managed='no' cpus='0-3' priority='5'/>`, by its namespace, whatever the prefix. What is
 * not understood is not passed over: it might be what keeps a domain where it is. What others have written there is
 * not even parsed, unless the namespace stands in it.
 * @param metadata what stands in `<metadata>`; libvirt keeps one element of each namespace there
 */
export function readMetadata(metadata: string): Metadata {
  if (!metadata.includes(metadataUri)) return { rule: {}, leave: undefined };
  if (metadata.length > maxLength) return wrong(`it is longer than ${maxLength} characters`);
  let parsed: XmlElement | undefined;
  try {
    parsed = child(parseXml(parser, 'dumpxml', `<metadata>${metadata}</metadata>`), 'metadata');
  } catch {
    return wrong('it is no XML');
  }
  const elements = Object.keys(parsed ?? {}).flatMap((name) =>
    children(parsed, name).flatMap((each) => (isOurs(name, each) ? [{ name, each }] : [])),
  );
  const [first, ...others] = elements;
  if (first === undefined) return { rule: {}, leave: undefined };
  if (others.length > 0) return wrong('more than one element');
  if (first.name.slice(first.name.lastIndexOf(':') + 1) !== 'domain')
    return wrong(`<${first.name.slice(0, 80)}> is not known`);
  return readAttributes(first.each);
}

/** In characters: what programs write there comes to some thousands, and parsing must not take long. */
const maxLength = 131_072;

const parser = new XMLParser(parserOptions);

/** libvirt puts the declaration of the namespace on the element itself. */
function isOurs(name: string, element: XmlElement): boolean {
  const colon = name.indexOf(':');
  return attribute(element, colon < 0 ? 'xmlns' : `xmlns:${name.slice(0, colon)}`) === metadataUri;
}

function readAttributes(element: XmlElement): Metadata {
  let rule: DomainRule = {};
  let leave: string | undefined;
  for (const [key, value] of Object.entries(element)) {
    const text = String(value);
    const unusable = wrong(`${key.slice(1)}='${text.slice(0, 80)}'`);
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
        key.startsWith('@')
          ? `the attribute ${key.slice(1, 81)} is not known`
          : 'it holds more than attributes',
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
