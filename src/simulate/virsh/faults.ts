/** What a test wants to go wrong: words from VIRSH_SIM_FAULT or from the file `fault` in the state directory. */
export type Faults = ReadonlyMap<FaultName, string>;

export const faultNames = [
  'unreachable',
  'denied',
  'polkit',
  'hang',
  'slow',
  'truncate',
  'garble',
  'nodelay',
  'missing-time',
  'pin-fails',
] as const;

export type FaultName = (typeof faultNames)[number];

/** Reads `nodelay,pin-fails=guest-1/0`; words that are no fault are left out. */
export function parseFaults(text: string): Faults {
  const known = (name: string): name is FaultName => faultNames.some((each) => each === name);
  return new Map(
    text.split(/[,\s]+/).flatMap((word) => {
      const [name = '', ...value] = word.split('=');
      return known(name) ? [[name, value.join('=')] as const] : [];
    }),
  );
}

/** Whether a fault meets this vCPU: `name/number`, or every vCPU where the fault names none. */
export function faultHits(faults: Faults, fault: FaultName, domain: string, vcpu: number): boolean {
  const target = faults.get(fault);
  return target === '' || target === `${domain}/${vcpu}`;
}

/** Why no connection is made, in libvirt's words; undefined where one is. */
export function connectionFault(faults: Faults): string | undefined {
  const socket = "Failed to connect socket to '/var/run/libvirt/libvirt-sock'";
  if (faults.has('unreachable')) return `${socket}: No such file or directory`;
  if (faults.has('denied')) return `${socket}: Permission denied`;
  if (!faults.has('polkit')) return undefined;
  const action = "'org.libvirt.unix.manage'";
  return `authentication unavailable: no polkit agent available to authenticate action ${action}`;
}

/** What reaches the reader of stdout. */
export function spoilOutput(faults: Faults, text: string): string {
  const garbled = faults.has('garble') ? text.replace(/(\d)(\d)/g, '$1x$2') : text;
  return faults.has('truncate') ? garbled.slice(0, garbled.length / 2) : garbled;
}
