import { type Finding, ok, unknown } from '../check.ts';
import type { Facts } from '../facts.ts';

/** Another vcpusched at work on the connection, as a service is: two would undo what each other does. */
export function balancers({ kept }: Facts): Finding {
  if (kept === undefined) return unknown('no connection');
  const holder = kept.ok ? kept.value.holder : undefined;
  if (holder === undefined) return ok('no other vcpusched is at work here');
  return ok(
    `vcpusched ${holder.command} (pid ${holder.pid}) is at work here; a second one would end with 75`,
  );
}
