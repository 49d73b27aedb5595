import type { Snapshot } from '../model/snapshot.ts';
import type { HostReader } from './host-reader.ts';
import { doubtfulName } from './join-domains.ts';

/**
 * A reader that looks a second time where the names of domains could not be told apart: by then it has read what each is
 * called. So a name that is like another one's costs a virsh process, once, and nobody's counters.
 */
export function tellNamesApart(reader: HostReader): HostReader {
  let known = new Set<string>();
  return {
    ...reader,
    sample: async (signal, look) => {
      const snapshot = await reader.sample(signal, look);
      const doubtful = doubtfulIn(snapshot);
      const isNews = doubtful.some((uuid) => !known.has(uuid));
      known = new Set(doubtful);
      return isNews ? reader.sample(signal, 'all') : snapshot;
    },
  };
}

function doubtfulIn({ leftAlone }: Snapshot): readonly string[] {
  return leftAlone.flatMap(({ domain, reason }) => (reason === doubtfulName ? [domain.uuid] : []));
}
