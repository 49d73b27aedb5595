import type { DomainRef } from '../model/domain.ts';
import { glob } from './glob.ts';

/**
 * Says why a domain is out of bounds; undefined where it may be touched. A pattern is a glob against the name,
 * or a UUID. A name that holds a slash or U+2028, or begins with a dot, is matched like any other text.
 */
export function domainFilter(
  only: readonly string[],
  except: readonly string[],
  by: { readonly only: string; readonly except: string } = { only: '--domain', except: '--exclude' },
): (domain: DomainRef) => string | undefined {
  const chosen = only.map(matchesDomain);
  const excluded = except.map(matchesDomain);
  return (domain) => {
    const pattern = except[excluded.findIndex((matches) => matches(domain))];
    if (pattern !== undefined) return `excluded by ${by.except} ${pattern}`;
    if (chosen.length > 0 && !chosen.some((matches) => matches(domain))) return `not chosen by ${by.only}`;
    return undefined;
  };
}

/** Whether a domain is the one of that UUID, or its name fits the pattern. */
export function matchesDomain(pattern: string): (domain: DomainRef) => boolean {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(pattern)) {
    return ({ uuid }) => uuid === pattern.toLowerCase();
  }
  const matches = nameMatcher(pattern);
  return ({ name }) => matches(name);
}

/** Whether a name is that one, or fits it as a glob. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const fits = glob(pattern);
  return (name) => name === pattern || fits(name);
}
