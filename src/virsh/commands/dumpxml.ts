import { type Command, ParseError } from '../command.ts';
import { type DomainXml, domainXml } from '../domain-xml.ts';

/** A running domain as it is now. */
export function dumpxml(uuid: string): Command<DomainXml> {
  return { words: ['dumpxml', uuid], parse: xmlOf(uuid) };
}

/** A domain's persistent configuration, which live pins do not change; of a transient domain, what runs. */
export function dumpxmlInactive(uuid: string): Command<DomainXml> {
  return { words: ['dumpxml', uuid, '--inactive'], parse: xmlOf(uuid) };
}

/** The XML says which domain it is about: that of another one is no answer. */
function xmlOf(uuid: string): Command<DomainXml>['parse'] {
  return (stdout) => {
    const xml = domainXml(stdout);
    if (xml.uuid !== undefined && xml.uuid !== uuid)
      throw new ParseError('dumpxml', 'XML of that domain', xml.uuid);
    return xml;
  };
}
