/** One line of an exposition: its name, its labels as they were before they were escaped, and its value. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** What an exposition says of a metric. */
export type Family = {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
};

/**
 * Reads the text format, or OpenMetrics, as its specification has it, and not as prom-client writes it: character by
 * character. Throws at whatever is not allowed there.
 */
export function parseExposition(text: string): readonly Family[] {
  const families: { name: string; type: string; help: string; samples: Sample[] }[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.some((each) => each.name === name)) throw new Error(`${name} is there twice`);
      families.push({ name, type: '', help: rest, samples: [] });
    }
    const family = families.at(-1);
    if (family === undefined) throw new Error(`a sample without a family: ${line}`);
    if (keyword === 'TYPE') family.type = rest;
    if (keyword !== undefined) {
      if (family.name !== name) throw new Error(`${name} stands with ${family.name}`);
      continue;
    }
    const sample = parseSample(line);
    if (!sample.name.startsWith(family.name)) throw new Error(`${sample.name} stands with ${family.name}`);
    family.samples.push(sample);
  }
  return families;
}

function parseSample(line: string): Sample {
  let at = 0;
  const fail = (what: string) => new Error(`${what} at ${at} of ${line}`);
  const word = (pattern: RegExp) => {
    const found = pattern.exec(line.slice(at))?.[0];
    if (found === undefined) throw fail(String(pattern));
    at += found.length;
    return found;
  };
  const name = word(/^[a-zA-Z_:][a-zA-Z0-9_:]*/);
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    do {
      at += 1;
      const label = word(/^[a-zA-Z_][a-zA-Z0-9_]*/);
      if (label in labels) throw fail('a label twice');
      word(/^="/);
      let value = '';
      for (; line[at] !== '"'; at += 1) {
        if (at >= line.length) throw fail('no end of a label');
        if (line[at] !== '\\') value += line[at];
        else {
          at += 1;
          const escaped = { n: '\n', '"': '"', '\\': '\\' }[line[at] ?? ''];
          if (escaped === undefined) throw fail('an escape that there is not');
          value += escaped;
        }
      }
      at += 1;
      labels[label] = value;
    } while (line[at] === ',');
    word(/^\}/);
  }
  word(/^ /);
  const number = word(/^(\+Inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/);
  return { name, labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) };
}

/** The value of the sample with these labels, whatever others it has; undefined where there is none. */
export function sampleValue(
  families: readonly Family[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  return families
    .flatMap(({ samples }) => samples)
    .find(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;
}
