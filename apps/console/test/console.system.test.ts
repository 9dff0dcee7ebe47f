/** The console in a real browser, on a real collector, with documents as attackers make them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Collector, mintLoginToken, runCollector } from '@waspglass/collector';
import { waitFor } from '@waspglass/kit';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { append, attack, attempt, containment, growth } from '../../collector/test/documents.ts';
import { launchBrowser, openPage, picture } from './browser.ts';

const CONSOLE = fileURLToPath(new URL('../', import.meta.url));
const WIDE: BrowserContextOptions = {
  viewport: { width: 1366, height: 768 },
  timezoneId: 'Europe/Berlin',
  locale: 'en-GB',
};
const DARK: BrowserContextOptions = { ...WIDE, colorScheme: 'dark' };
const PHONE: BrowserContextOptions = { ...WIDE, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const NOW = Date.now();
const ATTACKER = '192.0.2.66';
const WORDS = ['123456', 'admin', 'root', 'toor', 'qwerty', 'letmein', 'password', 'changeme', 'raspberry', 'P@ssw0rd'];

let root = '';
let browser: Browser;
let collector: Collector;
const dist = () => join(root, 'console');
const documents = () => join(root, 'documents');
const link = () => `${collector.url}/login?token=${mintLoginToken(root)}`;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'waspglass-console-'));
  buildConsole();
  append(documents(), 0, story());
  collector = await runCollector({
    storeDirectory: join(root, 'store'),
    documentsDirectory: documents(),
    consoleDirectory: dist(),
    runDirectory: root,
    port: 0,
    status: () => ({ victim: 'up', sensor: 'up' }),
  });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await collector?.close();
  if (root !== '') rmSync(root, { recursive: true });
});

/** Built from the sources as they are now, beside the copy that a honeypot on this machine may be serving. */
function buildConsole(): void {
  const vite = fileURLToPath(new URL('../../../node_modules/vite/bin/vite.js', import.meta.url));
  execFileSync(process.execPath, [vite, 'build', CONSOLE, '--outDir', dist(), '--emptyOutDir', '--logLevel', 'warn']);
}

/** Thirty guesses, one that is right, a finished session and one that lasts; an hour of recording. */
function story() {
  const start = NOW - 9 * 60_000;
  const guesses = Array.from({ length: 30 }, (_, n) =>
    attempt(
      n,
      start - 60_000 + n * 1500,
      ATTACKER,
      n % 5 === 4 ? 'admin' : 'root',
      `${WORDS[n % WORDS.length]}${n > 9 ? n : ''}`,
    ),
  );
  const others = Array.from({ length: 14 }, (_, n) =>
    attempt(
      100 + n,
      NOW - 40 * 60_000 + n * 95_000,
      `198.51.100.${n % 4}`,
      ['pi', 'ubuntu', '\u202etoor', 'git'][n % 4] ?? '',
      `guess\u0000${n}`,
    ),
  );
  const minute = Math.floor(NOW / 60_000);
  const hour = Array.from({ length: 55 }, (_, n) =>
    growth(
      minute - 55 + n,
      Math.round(900 + 700 * Math.sin(n / 5) + (n > 44 ? 9000 * Math.exp(-((n - 46) ** 2) / 9) : 0)),
      n === 47 ? 12 : 0,
    ),
  );
  return [
    ...others,
    ...guesses,
    attempt(31, start - 500, ATTACKER, 'root', 'passw0rd', true),
    ...attack({ id: 'victim-1743-a', start, ip: ATTACKER }),
    ...attack({ id: 'victim-1902-b', start: NOW - 30_000, ip: '203.0.113.9', ended: false }),
    ...hour,
    containment(NOW - 60_000, 42),
  ];
}

async function enter(options: BrowserContextOptions) {
  const opened = await openPage(browser, collector.url, options);
  await opened.page.goto(link());
  await opened.page.getByTestId('feed-item').first().waitFor();
  return opened;
}

function width(page: Page): Promise<readonly [content: number, window: number]> {
  return page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth] as const);
}

test('the feed shows attempts, alerts and sessions, and new ones within two seconds', async () => {
  const { page, complaints } = await enter(WIDE);
  const feed = page.getByTestId('feed-item');
  for (const kind of ['attempt', 'alert', 'session']) {
    assert.ok((await page.locator(`[data-testid=feed-item][data-kind=${kind}]`).count()) > 0, kind);
  }
  await page.locator('[data-testid=growth-chart] canvas').waitFor();
  await page.getByText('victim').first().waitFor();
  assert.match(
    (await page.getByRole('region', { name: 'Status' }).textContent()) ?? '',
    /victim\s*up.*lost\s*12.*dropped\s*42/,
  );
  await picture(page, 'live-light', false);
  const began = performance.now();
  append(documents(), 0, [attempt(900, Date.now(), '203.0.113.200', 'fresh-user', 'secret-word')]);
  await feed.first().getByText('fresh-user').waitFor({ timeout: 2000 });
  assert.ok(performance.now() - began < 2000);
  assert.doesNotMatch((await page.content()) ?? '', /secret-word/);
  await feed.first().getByTestId('password').click();
  await feed.first().getByText('secret-word').waitFor();
  await page.getByRole('button', { name: 'Alerts' }).click();
  await waitFor(async () => (await page.locator('[data-kind=attempt]').count()) === 0, {
    limit: 3000,
    what: 'only alerts',
  });
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('log-ins list every address, and passwords only when asked', async () => {
  const { page, complaints } = await enter(WIDE);
  await page.getByRole('link', { name: 'Log-ins' }).click();
  const row = page.getByTestId('address-row').filter({ hasText: ATTACKER });
  await row.getByRole('button').first().click();
  await row.getByTestId('password').first().waitFor();
  assert.doesNotMatch((await row.textContent()) ?? '', /passw0rd|letmein/);
  await picture(page, 'logins-light');
  await row.getByTestId('reveal').click();
  await row.getByText('passw0rd').waitFor();
  const shown = await row.getByTestId('password').allTextContents();
  assert.equal(shown.length, 31);
  for (const word of WORDS) assert.ok(shown.includes(word), word);
  await picture(page, 'logins-open-light');
  await row.getByRole('link', { name: 'details' }).click();
  await page.getByRole('heading', { name: ATTACKER }).waitFor();
  await page.getByTestId('session-row').first().waitFor();
  await picture(page, 'address-light');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a session tells its story in order, with attackers’ text as text', async () => {
  const { page, complaints } = await enter(DARK);
  await picture(page, 'live-dark', false);
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await page.getByTestId('session-row').nth(1).waitFor();
  await picture(page, 'sessions-dark');
  await page.getByTestId('session-row').filter({ hasText: ATTACKER }).getByRole('link').first().click();
  await page.getByTestId('session-command').first().waitFor();
  const commands = await page.getByTestId('session-command').locator('code').allTextContents();
  assert.deepEqual(commands.slice(0, 2), ['uname -a', 'cat /etc/shadow']);
  assert.equal(commands.length, 7);
  assert.equal(commands[5], './.x <img src=x onerror=alert(1)>\\u202egpj.exe\\e[31m\\x00');
  assert.equal(await page.locator('img').count(), 0);
  const text = (await page.getByTestId('terminal-text').textContent()) ?? '';
  assert.match(text, /root@web01:~# uname -a\n?.*GNU\/Linux/s);
  assert.match(text, /\\u202e/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u202e]/);
  assert.equal(await page.getByTestId('alert-item').count(), 4);
  await page.getByText('T1003.008').waitFor();
  await picture(page, 'session-dark');
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.locator('[data-testid=terminal-replay] .ap-player').waitFor();
  await page.locator('[data-testid=terminal-replay]').click();
  const timer = page.locator('.ap-time-elapsed, .ap-timer').first();
  await waitFor(async () => /0[3-9]/.test((await timer.textContent()) ?? ''), {
    limit: 15_000,
    what: 'the player to play',
  });
  await picture(page, 'session-replay-dark', false);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a session that lasts grows on the page, and its address can be opened directly', async () => {
  const { page, complaints } = await enter(WIDE);
  await page.goto(`${collector.url}/sessions/victim-1902-b`);
  await page.getByTestId('session-command').first().waitFor();
  await page.getByText('live', { exact: true }).first().waitFor();
  const [, command] = attack({ id: 'victim-1902-b', start: NOW - 30_000, ip: '203.0.113.9', ended: false });
  assert.ok(command !== undefined && 'session' in command);
  const next = {
    ...command,
    _id: 'command-next',
    '@timestamp': new Date().toISOString(),
    process: { pid: 2001, command_line: 'crontab -l' },
    waspglass: { index: 8, depth: 0 },
  } as typeof command;
  append(documents(), 0, [next]);
  await page.getByTestId('session-command').nth(7).getByText('crontab -l').waitFor({ timeout: 2000 });
  await picture(page, 'session-live-light');
  await page.goBack();
  await page.getByTestId('feed-item').first().waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('alerts and search', async () => {
  const { page, complaints } = await enter(WIDE);
  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByTestId('alert-item').first().waitFor();
  const all = await page.getByTestId('alert-item').count();
  await page.getByRole('button', { name: 'Critical +' }).click();
  await waitFor(async () => (await page.getByTestId('alert-item').count()) < all, {
    limit: 3000,
    what: 'fewer alerts',
  });
  await page.getByRole('button', { name: 'All' }).click();
  await picture(page, 'alerts-light');
  await page.keyboard.press('/');
  await page.keyboard.type('zbbpxdqalfe');
  await page.keyboard.press('Enter');
  await page.getByTestId('search-hit').first().waitFor();
  await picture(page, 'search-light');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('every page fits a phone', async () => {
  const { page, complaints } = await enter(PHONE);
  const paths = [
    '/',
    '/logins',
    `/addresses/${ATTACKER}`,
    '/sessions',
    '/sessions/victim-1743-a',
    '/alerts',
    '/search?q=root',
    '/nowhere',
  ];
  for (const path of paths) {
    await page.goto(collector.url + path);
    await page.locator('main').waitFor();
    await waitFor(async () => (await page.locator('.loading').count()) === 0, { limit: 3000, what: `${path} to load` });
    const [content, window] = await width(page);
    assert.ok(content <= window, `${path}: ${content} px wide in a window of ${window}`);
    await picture(page, `phone${path.replace(/\W+/g, '-')}`);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('an empty honeypot explains itself, and without the link there is only a page that says how to get one', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'waspglass-empty-'));
  const other = await runCollector({
    storeDirectory: join(empty, 'store'),
    documentsDirectory: join(empty, 'documents'),
    consoleDirectory: dist(),
    port: 0,
    token: 'only-once',
  });
  t.after(async () => {
    await other.close();
    rmSync(empty, { recursive: true });
  });
  const { page, complaints } = await openPage(browser, other.url, DARK);
  const refused = await page.goto(`${other.url}/`);
  assert.equal(refused?.status(), 401);
  await page.getByText('prints a new one').waitFor();
  await picture(page, 'refused-dark', false);
  complaints.splice(0);
  await page.goto(`${other.url}/login?token=only-once`);
  await page.getByText('Nothing has happened yet').waitFor();
  await page.getByText('No session yet').waitFor();
  await picture(page, 'empty-dark', false);
  for (const [path, text] of [
    ['/logins', 'Nobody has tried yet'],
    ['/alerts', 'No alert'],
    ['/sessions/none', 'no session with this name'],
  ] as const) {
    await page.goto(other.url + path);
    await page.getByText(text).first().waitFor();
  }
  // The answer 404 of the last one is what the browser itself reports.
  assert.deepEqual(
    complaints.filter((text) => !text.includes('404')),
    [],
  );
  await page.context().close();
});
