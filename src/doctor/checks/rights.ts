import { type Finding, fault, ok, unknown } from '../check.ts';
import type { Facts } from '../facts.ts';

/** Whether pins are allowed shows when one is set, and none is set here. */
export function rights({ connection, rights: told }: Facts): Finding {
  if (!told.ok) return connection.ok ? fault(told.message, told.remedy) : unknown('no connection');
  return ok('a connection that may pin opens (each pin is checked when it is set)');
}
