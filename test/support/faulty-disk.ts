import { type DiskCall, type DiskErrorCode, type DiskVerdict, diskError } from './disk-calls.ts';
import type { CarriedOut } from './faulty-virsh.ts';

/** A way in which a call of the file system goes wrong. */
export type DiskWay = {
  readonly name: string;
  /** whether the system could answer so, by the manual page of the call */
  readonly fits: (call: DiskCall) => boolean;
  readonly happen: (call: DiskCall) => DiskVerdict;
  /** every later call that fits goes wrong as well */
  readonly forGood?: true;
};

export type DiskFault = {
  readonly way: DiskWay;
  /** which of the calls that the way fits, from 1 */
  readonly at: number;
  /** how many of them there were so far */
  count: number;
  /** each pin that vcpusched has had carried out */
  readonly pins: CarriedOut[];
};

/** What becomes of a call. */
export function verdictOf(fault: DiskFault, call: DiskCall): DiskVerdict {
  const { way, at } = fault;
  if (!way.fits(call)) return undefined;
  fault.count++;
  return fault.count === at || (way.forGood === true && fault.count > at) ? way.happen(call) : undefined;
}

const byPath = new Set(['access', 'link', 'lstat', 'mkdir', 'readdir', 'rename', 'rm', 'stat']);
const changes = new Set(['chmod', 'link', 'mkdir', 'rename', 'rm', 'truncate']);
const writes = new Set(['write', 'writeFile']);

const always = () => true;
const opens = ({ name, opensToWrite }: DiskCall) => name === 'open' || name === 'readdir' || opensToWrite;
const isWrite = ({ name }: DiskCall) => writes.has(name);
const takesRoom = (call: DiskCall) =>
  call.makes || isWrite(call) || ['link', 'rename', 'sync', 'datasync'].includes(call.name);
const altersDisk = ({ name, opensToWrite }: DiskCall) => changes.has(name) || opensToWrite;
const needsRight = (call: DiskCall) => byPath.has(call.name) || opens(call);
/** What a disk that was mounted anew to be read only refuses to files that were open before, too. */
const altersAnything = (call: DiskCall) => altersDisk(call) || isWrite(call);

const fails = (code: DiskErrorCode, fits: DiskWay['fits']): DiskWay => ({
  name: code,
  fits,
  happen: ({ name, path }) => diskError(code, name, path),
});

export const diskWays: readonly DiskWay[] = [
  fails('EIO', always),
  fails('ENOSPC', takesRoom),
  fails('EROFS', altersDisk),
  fails('EMFILE', opens),
  fails('EACCES', needsRight),
  { name: 'half is written', fits: isWrite, happen: () => 'half' },
  { ...fails('EIO', always), name: 'EIO from then on', forGood: true },
  { ...fails('ENOSPC', takesRoom), name: 'full from then on', forGood: true },
  { ...fails('EROFS', altersAnything), name: 'read-only from then on', forGood: true },
  { name: 'killed before it', fits: always, happen: () => 'killed' },
  { name: 'killed in the middle of it', fits: isWrite, happen: () => 'killed at half' },
];
