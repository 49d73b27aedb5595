import { nowhere, settle } from './actions.ts';
import { mix } from './hash.ts';
import type { Host, SimDomain, SimVcpu } from './host.ts';

/**
 * The host with so many vCPUs more, each alone in a domain and free to run on any pCPU. Each wants, at any time, what one
 * of the host's own vCPUs wants then, drawn by chance; of those that are there from the start to the end, if there are any.
 */
export function addVcpus(host: Host, count: number, seed: number): Host {
  const models = modelsOf(host);
  const added = Array.from({ length: models.length === 0 ? 0 : count }, (_, i): readonly SimDomain[] => {
    const model = models[mix(seed, i) % models.length];
    if (model === undefined) return [];
    const { domain, vcpu } = model;
    const { quota } = domain;
    const own: SimDomain = {
      uuid: `00000000-0000-4000-9000-${i.toString(16).padStart(12, '0')}`,
      name: `added-${i}`,
      id: host.nextId + i,
      state: 'running',
      transient: false,
      cpuset: undefined,
      numatune: undefined,
      metadata: undefined,
      configuredMetadata: undefined,
      shares: domain.shares,
      pace: domain.pace,
      ...(quota !== undefined && { quota }),
      vcpus: [fresh(vcpu)],
    };
    return [own];
  }).flat();
  return settle({ ...host, domains: [...host.domains, ...added], nextId: host.nextId + count });
}

type Model = { readonly domain: SimDomain; readonly vcpu: SimVcpu };

function modelsOf({ domains, events }: Host): readonly Model[] {
  const changing = new Set(events.flatMap((event) => ('uuid' in event ? [event.uuid] : [])));
  const all = domains
    .filter(({ state }) => state === 'running')
    .flatMap((domain) => domain.vcpus.filter(({ online }) => online).map((vcpu) => ({ domain, vcpu })));
  const constant = all.filter(({ domain }) => !changing.has(domain.uuid));
  return constant.length > 0 ? constant : all;
}

function fresh({ demand }: SimVcpu): SimVcpu {
  return {
    number: 0,
    online: true,
    demand,
    pinned: undefined,
    configured: undefined,
    atStart: undefined,
    pcpu: nowhere,
    runNs: 0,
    delayNs: 0,
  };
}
