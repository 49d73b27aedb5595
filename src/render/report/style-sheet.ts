/** Of the page and the charts in it. On paper it is light. The scale of loads grows darker, or brighter, steadily. */
export const styleSheet = `
:root {
  color-scheme: light;
  --page: #fff; --ink: #1c2530; --faint: #55606d; --rule: #d5dbe2;
  --load-1: #edf2f8; --load-2: #cadcee; --load-3: #96bcdf; --load-4: #5590c8; --load-5: #1f5a97;
  --over: #b8480b; --over-line: #fff; --spread: #1f5a97; --best: #b8480b; --moves: #1c2530;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --page: #12171d; --ink: #e4e9ef; --faint: #a3afbc; --rule: #36414d;
    --load-1: #1b2530; --load-2: #23405d; --load-3: #2f628f; --load-4: #4a8fcb; --load-5: #a5d0f5;
    --over: #ff9d45; --over-line: #12171d; --spread: #7fbcf0; --best: #ff9d45; --moves: #e4e9ef;
  }
}
* { box-sizing: border-box; }
body {
  max-width: 1024px; margin: 0 auto; padding: 24px 32px 48px;
  background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 22px; margin: 48px 0 4px; padding-top: 16px; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
h3 { font-size: 18px; margin: 32px 0 0; }
p { margin: 4px 0 8px; max-width: 46em; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.lead { font-size: 18px; margin: 16px 0; }
.scroll { overflow-x: auto; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; padding: 0; margin: 20px 0; list-style: none; }
.facts li { border: 1px solid var(--rule); border-radius: 6px; padding: 10px 14px; font-size: 14px; line-height: 1.35; }
.facts strong { display: block; font-size: 26px; line-height: 1.25; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 16px 0 8px; }
th, td { padding: 4px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; vertical-align: bottom; }
thead th { white-space: normal; line-height: 1.25; }
table:not(.plain) tbody tr:first-child { font-weight: 600; }
.plain tbody th { font-weight: 400; min-width: 10em; max-width: 22em; overflow-wrap: anywhere; white-space: normal; }
figure { margin: 4px 0 0; break-inside: avoid; }
figure path[fill^='var(--load'] { shape-rendering: crispEdges; }
figure svg, .key svg { display: block; max-width: 100%; height: auto; }
.key { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0; margin: 8px 0; list-style: none; font-size: 14px; }
.key li svg { flex: none; }
.key li { display: flex; align-items: center; gap: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 14px; margin: 8px 0; }
dt { font-weight: 600; } dd { margin: 0; }
code { font-size: 14px; overflow-wrap: anywhere; }
@media screen and (max-width: 640px) {
  body { padding: 16px 16px 32px; } h1 { font-size: 24px; }
  figure { overflow-x: auto; } figure svg { max-width: none; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: 8.5pt; } th, td { padding: 2px 5px; }
  h2, h3 { break-after: avoid; } tr, .facts, .together { break-inside: avoid; } .lead { font-size: 12pt; margin: 10px 0; }
  .scroll { overflow: visible; }
}
@page { margin: 14mm; }
`;
