// Headless Chromium as the system has it; it talks to the tested server only.
import {accessSync, constants, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {chromium} from 'playwright-core';

function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch { /* look on */ }
    }
  }
  throw new Error('no Chromium on the PATH: install it (Debian: apt-get install chromium) or name it in CHROMIUM');
}

/** A page of a browser with an empty profile, and a scratch folder; both go when the test ends. */
export async function openBrowser(t) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-browser-'));
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: executable(), headless: true, viewport: {width: 1280, height: 800},
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  t.after(async () => {
    await context.close();
    rmSync(folder, {recursive: true, force: true});
  });
  return {page: context.pages()[0] ?? await context.newPage(), folder};
}
