import picomatch from 'picomatch';
import type { DomainRef } from '../model/domain.ts';

/**
 * Says why a domain is out of bounds; undefined where it may be touched. A pattern is a glob against the name,
 * or a UUID. A name that holds a slash or U+2028, or begins with a dot, is matched like any other text.
 */
export function domainFilter(
  only: readonly string[],
  except: readonly string[],
): (domain: DomainRef) => string | undefined {
  const chosen = only.map(matcher);
  const excluded = except.map(matcher);
  return (domain) => {
    const by = except[excluded.findIndex((matches) => matches(domain))];
    if (by !== undefined) return `excluded by --exclude ${by}`;
    if (chosen.length > 0 && !chosen.some((matches) => matches(domain))) return 'not chosen by --domain';
    return undefined;
  };
}

function matcher(pattern: string): (domain: DomainRef) => boolean {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(pattern)) {
    return ({ uuid }) => uuid === pattern.toLowerCase();
  }
  const glob = picomatch(pattern, { dot: true, bash: true, nonegate: true, flags: 's' });
  return ({ name }) => name === pattern || glob(name);
}
