import { type Html, html } from './html.ts';
import { type LoadLevel, loadLevels } from './load-levels.ts';

/** What `url(#over)` refers to, for whatever is above a limit: once in a page. */
export const hatching: Html = html`<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="over" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="var(--over)"/><rect width="1.5" height="5" fill="var(--over-line)"/></pattern></defs></svg>`;

/** What the colours and lines of the charts say; with the hatching that they refer to. */
export const key: Html = html`<ul class="key" aria-label="Load of a pCPU">
<li>${hatching}
What is wanted of a pCPU, by its vCPUs and by the host itself (in brackets):</li>
${loadLevels.map(levelItem)}
</ul>
<ul class="key" aria-label="Lines and ticks">
${item(html`<path d="M0 7h28" stroke="var(--spread)" stroke-width="2"/>`, 'spread: the standard deviation of the loads, points')}
${item(html`<path d="M0 7h28" stroke="var(--best)" stroke-width="2" stroke-dasharray="4 3"/>`, 'the best spread that could be reached')}
${item(html`<path d="M14 0v14" stroke="var(--moves)" stroke-width="3"/>`, 'moves of vCPUs from one pCPU to another: the higher, the more')}
</ul>
`;

/** A colour of a heat map, and what it says. */
export function levelItem({ text, fill }: LoadLevel): Html {
  return item(html`<rect width="28" height="14" fill="${fill}" stroke="var(--rule)"/>`, text);
}

/** A sign, and what it says. */
export function item(sign: Html, text: string): Html {
  return html`<li><svg width="28" height="14" aria-hidden="true">${sign}</svg>${text}</li>\n`;
}
