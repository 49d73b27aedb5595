import type { Command } from '../command.ts';
import { type DomainXml, domainXml } from '../domain-xml.ts';

/** A running domain as it is now. */
export function dumpxml(uuid: string): Command<DomainXml> {
  return { words: ['dumpxml', uuid], parse: domainXml };
}

/** A domain's persistent configuration, which live pins do not change; of a transient domain, what runs. */
export function dumpxmlInactive(uuid: string): Command<DomainXml> {
  return { words: ['dumpxml', uuid, '--inactive'], parse: domainXml };
}
