import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostReportHtml } from '../../src/render/report/host-report-html.ts';
import { reportHtml } from '../../src/render/report/report-html.ts';
import { hostReport } from '../render/host-report.ts';
import { inputOf, reportOf } from '../render/report/support.ts';

/** Opens pages from disk in Debian's Chromium, as a person does. */
const dir = mkdtempSync(join(tmpdir(), 'vcpusched-report-'));
const file = join(dir, 'simulate.html');
const hostFile = join(dir, 'report.html');
let browser: BrowserContext;

beforeAll(async () => {
  writeFileSync(file, reportHtml(reportOf(inputOf(), inputOf({ name: 'wide.toml', pcpus: 16, cycles: 50 }))));
  const names = Array.from({ length: 40 }, (_, i) => `guest-${i} ${'long '.repeat(i)}`);
  writeFileSync(
    hostFile,
    hostReportHtml(hostReport({ names }), { version: '1.2.3', time: new Date(0), zone: 'UTC' }),
  );
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

const media = [
  ['light', { colorScheme: 'light', media: 'screen' }, 'rgb(255, 255, 255)'],
  ['dark', { colorScheme: 'dark', media: 'screen' }, 'rgb(18, 23, 29)'],
  ['print', { colorScheme: 'dark', media: 'print' }, 'rgb(255, 255, 255)'],
] as const;

describe.each(media)('a page in %s', (name, medium, background) => {
  test('of simulate has all its charts, coloured, and nothing to complain of', async () => {
    const { page, said } = await open(file, medium);

    expect(await page.locator('figure svg').count()).toBe(4);
    expect(await marks(page, '--load-', 'url(#over)')).toBe(2 * 4 * 20 + 2 * 16 * 50);
    expect(await page.locator('figure path[stroke="var(--spread)"]').count()).toBe(4);
    expect(await page.locator('figure path[stroke="var(--best)"]').count()).toBe(4);
    expect(await marks(page, '--moves')).toBe(2 * 2 + 2 * 5);
    expect(await colour(page, 'body', 'backgroundColor')).toBe(background);
    // A variable that is not there would leave black.
    expect(await colour(page, 'figure path[fill="var(--load-3)"]', 'fill')).not.toBe('rgb(0, 0, 0)');
    expect((await page.screenshot({ fullPage: true })).length, name).toBeGreaterThan(20_000);
    await close(page, said);
  });

  test('of report has the answers, both charts, coloured, and nothing to complain of', async () => {
    const { page, said } = await open(hostFile, medium);
    expect(await page.locator('.facts li').count()).toBe(4);
    expect(await page.locator('.lead').count()).toBe(3);
    expect(await page.locator('figure svg').count()).toBe(2);
    expect(await marks(page, '--load-', 'url(#over)')).toBe(30 * 24);
    expect(
      await page
        .locator('tbody th')
        .filter({ hasText: /^guest-/ })
        .count(),
    ).toBe(40);
    expect(await colour(page, 'body', 'backgroundColor')).toBe(background);
    expect(await colour(page, 'figure path[fill="var(--load-2)"]', 'fill')).not.toBe('rgb(0, 0, 0)');
    await close(page, said);
  });
});

test.each([file, hostFile])('%s is not wider than a phone', async (narrow) => {
  const { page, said } = await open(narrow, { colorScheme: 'light', media: 'screen' });
  await page.setViewportSize({ width: 400, height: 800 });
  await close(page, said);
});

/** Opens a page, and keeps what goes wrong with it. */
async function open(path: string, medium: Parameters<Page['emulateMedia']>[0]) {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(path).href) said.push(`asked for ${request.url()}`);
  });
  await page.emulateMedia(medium);
  await page.goto(pathToFileURL(path).href);
  return { page, said };
}

/** Nothing stands out of the window, and nothing has gone wrong. */
async function close(page: Page, said: readonly string[]): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
  expect(said).toEqual([]);
  await page.close();
}

function colour(page: Page, selector: string, property: string): Promise<unknown> {
  return page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
}

/** How many shapes of the charts are filled with a colour whose name begins so. */
function marks(page: Page, ...fills: readonly string[]): Promise<number> {
  return page.locator(fills.map((fill) => `figure path[fill*="${fill}"]`).join(', ')).count();
}
