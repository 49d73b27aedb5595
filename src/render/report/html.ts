import { safeText } from '../safe-text.ts';

/** A piece of HTML, as opposed to text, which is escaped where it meets one. */
export type Html = { readonly markup: string };

/** Builds HTML: what is put in is escaped, whatever it says, unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { markup: strings.map((string, i) => string + written(values[i])).join('') };
}

/** Takes a string as the HTML that it is: for what was made by this program alone. */
export function trusted(markup: string): Html {
  return { markup };
}

type Value = string | number | Html | readonly Html[] | undefined;

function written(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return [value].flat().reduce((all, { markup }) => all + markup, '');
  return safeText(`${value}`).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
