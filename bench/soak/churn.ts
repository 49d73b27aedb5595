import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuestSpec, prepareGuest, startGuests } from '../../test/real/support/guests.ts';
import type { PrivateHost } from '../../test/real/support/private-host.ts';
import { putInStep } from '../../test/real/support/serial-line.ts';
import type { drawFrom } from '../support/draw.ts';
import { affinities } from './affinities.ts';

/** Something that was done to the host, with its first and last moment in milliseconds since the epoch. */
export type Deed = {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly uuid?: string;
  readonly vcpu?: number;
  /** of a pin */
  readonly to?: string;
  /** while libvirt was away */
  readonly isOutage?: boolean;
  /** what libvirt said where it could not be done */
  readonly failure?: string;
};

type Did = Pick<Deed, 'uuid' | 'vcpu' | 'to' | 'isOutage'>;
type Guest = {
  readonly name: string;
  readonly uuid: string;
  readonly isPassing: boolean;
  /** as its configuration has it */
  readonly configured: number;
  state: State;
  vcpus: number;
};
type State = 'running' | 'paused' | 'off';

/** Does to a host, one after the other, what its users, administrators and accidents do. */
export function churn(host: PrivateHost, draw: ReturnType<typeof drawFrom>) {
  const guests: Guest[] = [];
  const done: Deed[] = [];
  let passed = 0;

  const whole = (least: number, most: number) => Math.floor(draw(least, most + 1));
  const oneOf = <T>(all: readonly T[]): T | undefined => all[whole(0, all.length - 1)];
  const some = (...states: readonly State[]) => oneOf(guests.filter(({ state }) => states.includes(state)));

  /** Its load changes by itself after a while, and begins anew when its ticks do. */
  function sector(vcpus: number): Pick<GuestSpec, 'vcpus' | 'laterAtS'> {
    const duty = () => ({ duty: whole(0, 8), phase: whole(0, 63), laterDuty: whole(0, 12) });
    return { vcpus: Array.from({ length: vcpus }, duty), laterAtS: whole(10, 60) };
  }

  function specOf(
    { name, isPassing }: Pick<Guest, 'name' | 'isPassing'>,
    vcpus: number,
    uuid?: string,
  ): GuestSpec {
    const more = uuid === undefined ? {} : { uuid };
    return {
      name,
      ...sector(vcpus),
      ...more,
      persistent: !isPassing,
      maxVcpus: 3,
      pins: [oneOf(['0', '1', '0-1'])],
    };
  }

  async function add(name: string, isPassing: boolean): Promise<Did> {
    const [guest] = await startGuests(host, [specOf({ name, isPassing }, whole(1, 2))]);
    if (guest === undefined) return {};
    guests.push({ ...guest, configured: guest.vcpus, isPassing, state: 'running' });
    return { uuid: guest.uuid };
  }

  /** What is over of a guest that was not defined is over for good. */
  function over(guest: Guest): Did {
    guest.state = 'off';
    if (guest.isPassing) guests.splice(guests.indexOf(guest), 1);
    return { uuid: guest.uuid };
  }

  /** Undefined where there is nothing to do it to. */
  const deeds: Readonly<Record<string, readonly [weight: number, () => Promise<Did | undefined>]>> = {
    start: [
      6,
      async () => {
        const guest = some('off');
        if (guest === undefined) return undefined;
        guest.vcpus = guest.configured;
        await prepareGuest(host, specOf(guest, guest.vcpus, guest.uuid));
        await host.virsh('start', guest.uuid);
        guest.state = 'running';
        return { uuid: guest.uuid };
      },
    ],
    destroy: [2, () => stop('destroy')],
    'destroy --graceful': [2, () => stop('destroy', '--graceful')],
    crash: [
      1,
      async () => {
        const guest = some('running', 'paused');
        if (guest === undefined) return undefined;
        for (const pid of qemuOf(guest.uuid)) process.kill(pid, 'SIGKILL');
        return over(guest);
      },
    ],
    'a new guest': [2, async () => (guests.length < 12 ? add(`passing-${passed++}`, true) : undefined)],
    load: [
      6,
      async () => {
        const guest = some('running');
        if (guest === undefined) return undefined;
        await putInStep([join(host.directory, `${guest.uuid}.serial`)]);
        return { uuid: guest.uuid };
      },
    ],
    'a pin by hand': [
      5,
      async () => {
        const guest = some('running', 'paused');
        if (guest === undefined) return undefined;
        const vcpu = whole(0, guest.vcpus - 1);
        const is = (await affinities()).get(`${guest.uuid} ${vcpu}`);
        const to = oneOf(['0', '1', '0-1'].filter((cpus) => cpus !== is)) ?? '0';
        await host.virsh('vcpupin', guest.uuid, `${vcpu}`, to, '--live');
        return { uuid: guest.uuid, vcpu, to };
      },
    ],
    'a vCPU more': [
      2,
      async () => {
        const guest = oneOf(guests.filter(({ state, vcpus }) => state === 'running' && vcpus < 3));
        if (guest === undefined) return undefined;
        await host.virsh('setvcpus', guest.uuid, `${guest.vcpus + 1}`, '--live');
        guest.vcpus++;
        return { uuid: guest.uuid };
      },
    ],
    suspend: [2, () => change('running', 'suspend', 'paused')],
    resume: [3, () => change('paused', 'resume', 'running')],
    'libvirtd: SIGTERM': [0.5, () => away('TERM')],
    'libvirtd: SIGKILL': [0.5, () => away('KILL')],
    'libvirtd: SIGSTOP': [0.5, () => away('STOP')],
  };

  async function stop(...words: readonly [string, ...string[]]): Promise<Did | undefined> {
    const guest = some('running', 'paused');
    if (guest === undefined) return undefined;
    const [command, ...options] = words;
    await host.virsh(command, guest.uuid, ...options);
    return over(guest);
  }

  async function change(from: State, command: string, to: State): Promise<Did | undefined> {
    const guest = some(from);
    if (guest === undefined) return undefined;
    await host.virsh(command, guest.uuid);
    guest.state = to;
    return { uuid: guest.uuid };
  }

  async function away(signal: 'TERM' | 'KILL' | 'STOP'): Promise<Did> {
    await host.signalDaemon(signal);
    await sleep(draw(500, 10_000));
    if (signal === 'STOP') await host.signalDaemon('CONT');
    else await host.startDaemon();
    return { isOutage: true };
  }

  async function record(what: string, deed: () => Promise<Did | undefined>): Promise<void> {
    const fromMs = Date.now();
    try {
      const did = await deed();
      if (did !== undefined) done.push({ what, fromMs, toMs: Date.now(), ...did });
    } catch (error) {
      done.push({ what, fromMs, toMs: Date.now(), failure: String(error) });
    }
  }

  return {
    done: (): readonly Deed[] => done,
    /** The guests to begin with. */
    begin: async (): Promise<void> => {
      for (let i = 0; i < 8; i++) await record('a first guest', () => add(`guest-${i}`, false));
    },
    /** Waits a while, and does something. */
    next: async (): Promise<void> => {
      await sleep(draw(500, 7500));
      let at = draw(
        0,
        Object.values(deeds).reduce((sum, [weight]) => sum + weight, 0),
      );
      for (const [what, [weight, deed]] of Object.entries(deeds)) {
        at -= weight;
        if (at < 0) return record(what, deed);
      }
    },
  };
}

function qemuOf(uuid: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return words[0]?.includes('qemu-system-') && words[words.indexOf('-uuid') + 1] === uuid
        ? [Number(name)]
        : [];
    } catch {
      // it has ended
      return [];
    }
  });
}
