// Takes the picture of the README from the demo: `node screenshots.mjs`, after `cargo build --package demo`.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openAccount, openConnected, signIn, startBrowser, startDemo } from './support.mjs';

const images = fileURLToPath(new URL('../docs/images/', import.meta.url));

const { demo, stop } = await startDemo();
const browser = await startBrowser();
try {
  mkdirSync(images, { recursive: true });
  const context = await browser.newContext({
    colorScheme: 'light',
    deviceScaleFactor: 1.25,
    viewport: { width: 1440, height: 940 },
  });
  const page = await signIn(await context.newPage(), demo, 'noor.haddad@brightfold.example');
  await openAccount(page, demo, 'Contentzilla', 'Instagram');
  await openConnected(page);
  await page.getByRole('button', { name: 'Sync', exact: true }).click();
  await page.getByRole('button', { name: 'Extend account' }).click();
  await page.locator('#tile').getByText('Synced', { exact: true }).waitFor();
  await page.reload();
  await openConnected(page);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${images}account.png` });
} finally {
  await browser.close();
  await stop();
}
