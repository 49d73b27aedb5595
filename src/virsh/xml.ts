import type { XMLParser } from 'fast-xml-parser';
import { ParseError } from './command.ts';

/** Text stays text (`<name>007</name>` is no number), and entities stay what they are. */
export const parserOptions = {
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
} as const;

/**
 * Parses the XML that a command printed. The library has errors of its own for what is cut short and for names such as
 * `__proto__`: each of them costs that document.
 * @param T how the document looks if it is as it should be: nothing of it is checked
 * @throws {ParseError}
 */
export function parseXml<T>(parser: XMLParser, command: string, text: string): T {
  try {
    return parser.parse(text) as T;
  } catch {
    throw new ParseError(command, 'XML', text);
  }
}

/** An element as the parser has it: attributes by `@name`, children by name, several of one name as a list. */
export type XmlElement = Readonly<Record<string, unknown>>;

/** The children of that name; one without attributes and children of its own is an element with a text. */
export function children(parent: XmlElement | undefined, name: string): readonly XmlElement[] {
  const found = parent !== undefined && Object.hasOwn(parent, name) ? parent[name] : [];
  return [found].flat().map((each) => (isElement(each) ? each : { '#text': String(each) }));
}

/** The first child of that name. */
export function child(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return children(parent, name)[0];
}

export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  const value = element?.[`@${name}`];
  return typeof value === 'string' ? value : undefined;
}

/** The text of an element; undefined where it is empty. */
export function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.['#text'];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === 'object' && value !== null;
}
