import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/render/report/report-html.ts';
import { inputOf, reportOf } from '../render/report/support.ts';

/** Opens a report from disk in Debian's Chromium, as a person does. */
const dir = mkdtempSync(join(tmpdir(), 'vcpusched-report-'));
const file = join(dir, 'report.html');
let browser: BrowserContext;

beforeAll(async () => {
  writeFileSync(file, reportHtml(reportOf(inputOf(), inputOf({ name: 'wide.toml', pcpus: 16, cycles: 50 }))));
  browser = await chromium.launchPersistentContext(join(dir, 'profile'), {
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat([
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]),
  });
});

afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

describe.each([
  ['light', { colorScheme: 'light', media: 'screen' }, 'rgb(255, 255, 255)'],
  ['dark', { colorScheme: 'dark', media: 'screen' }, 'rgb(18, 23, 29)'],
  ['print', { colorScheme: 'dark', media: 'print' }, 'rgb(255, 255, 255)'],
] as const)('a report in %s', (name, media, background) => {
  test('has all its charts, coloured, and nothing to complain of', async () => {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) said.push(`asked for ${request.url()}`);
    });
    await page.emulateMedia(media);
    await page.goto(pathToFileURL(file).href);

    expect(await page.locator('figure svg').count()).toBe(4);
    expect(await marks(page, '--load-', 'url(#over)')).toBe(2 * 4 * 20 + 2 * 16 * 50);
    expect(await page.locator('figure path[stroke="var(--spread)"]').count()).toBe(4);
    expect(await page.locator('figure path[stroke="var(--best)"]').count()).toBe(4);
    expect(await marks(page, '--moves')).toBe(2 * 2 + 2 * 5);
    const colour = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
    expect(await colour('body', 'backgroundColor')).toBe(background);
    // A variable that is not there would leave black.
    expect(await colour('figure path[fill="var(--load-3)"]', 'fill')).not.toBe('rgb(0, 0, 0)');
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    expect((await page.screenshot({ fullPage: true })).length, name).toBeGreaterThan(20_000);
    expect(said).toEqual([]);
    await page.close();
  });
});

/** How many shapes of the charts are filled with a colour whose name begins so. */
function marks(page: Page, ...fills: readonly string[]): Promise<number> {
  return page.locator(fills.map((fill) => `figure path[fill*="${fill}"]`).join(', ')).count();
}
