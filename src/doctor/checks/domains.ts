import { counted } from '../../render/figures.ts';
import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** Patterns that no domain fits, and running domains that nothing will be done about, by their own configuration. */
export function domains({ connection, unmatched }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  const [pattern, ...patterns] = unmatched;
  if (pattern !== undefined) {
    const more = patterns.length === 0 ? '' : ` (and ${patterns.length} more)`;
    return warning(`${pattern}${more}`, 'correct it, unless it is for other hosts');
  }
  const all = connection.value.snapshot.domains;
  const left = all.flatMap(({ name, bounds }) =>
    bounds.leave === undefined ? [] : [{ name, why: bounds.leave }],
  );
  const [first, ...more] = left;
  if (first === undefined)
    return ok(`${counted(all.length, 'running domain')}, none left alone by its configuration`);
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return warning(
    `left alone by its configuration: ${first.name} (${first.why})${others}`,
    "'vcpusched plan --verbose' names all that is left alone",
  );
}
