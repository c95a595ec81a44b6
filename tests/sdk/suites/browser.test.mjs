import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {openBrowser} from '../lib/browser.mjs';
import {fresh} from '../lib/fresh.mjs';

test('the first page has a heading and a curl line, and the browser has nothing to complain about', async t => {
  const {url} = await fresh(t);
  const {page, folder} = await openBrowser(t);
  const complaints = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  const strangers = [];
  page.on('request', request => { if (!request.url().startsWith(url) && !request.url().startsWith('data:')) strangers.push(request.url()); });

  const answer = await page.goto(`${url}/`, {waitUntil: 'networkidle'});
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()['content-type'], /text\/html/);
  const heading = await page.locator('h1').first().innerText();
  assert.ok(heading.trim().length > 0, 'the page has a heading');
  assert.ok((await page.title()).trim().length > 0, 'the page has a title');
  assert.match(await page.locator('body').innerText(), /curl\b[^]*\/api\//, 'the page shows a curl line to try');

  const picture = join(folder, 'first-page.png');
  await page.screenshot({path: picture});
  assert.ok(statSync(picture).size > 1000);
  assert.deepEqual(complaints, []);
  assert.deepEqual(strangers, [], 'the page needs nothing from elsewhere');
});
