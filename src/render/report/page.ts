import { type Html, html, trusted } from './html.ts';
import { styleSheet } from './style-sheet.ts';

/** A page that is whole in itself, without scripts, and may load nothing. */
export function page(title: string, body: Html): string {
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
${body}
</body>
</html>
`.markup
  }`;
}
