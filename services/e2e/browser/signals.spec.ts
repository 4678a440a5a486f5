import { describe, expect, test } from '@jest/globals';
import {
  atHome,
  becomeCustomer,
  giveDetails,
  newUserName,
  openSecurity,
  pressSignIn,
  signOut,
} from './harness/customer.js';
import { newDevice } from './harness/device.js';
import { stage } from './harness/stage.js';

const on = stage();

describe('what the passkey provider is told', () => {
  test('BCB-6.revoke · a passkey that was removed is gone from its authenticator, and the other one stays', async () => {
    const { page, context, authenticator, watch } = await newDevice(on.browser);
    await becomeCustomer(page, on.demo.bank);
    await openSecurity(page);
    const key = await authenticator.plugInSecurityKey();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey was added.').waitFor();
    await key.letGo();
    const [kept, added] = [await authenticator.credentials(), await key.credentials()];
    expect([kept.length, added.length]).toEqual([1, 1]);
    const devices = page.getByRole('region', { name: 'Devices and passkeys' }).getByRole('listitem');
    await devices
      .filter({ hasText: 'never used' })
      .getByRole('button', { name: /^Suspend / })
      .click();
    await devices.getByText('Suspended').waitFor();
    expect(await key.credentials()).toEqual(added);
    await devices
      .filter({ hasText: 'Suspended' })
      .getByRole('button', { name: /^Remove / })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('was removed.').waitFor();
    expect(await key.credentials()).toEqual([]);
    expect((await authenticator.credentials()).map(({ credentialId }) => credentialId)).toEqual(
      kept.map(({ credentialId }) => credentialId),
    );
    expect(watch.complaints).toEqual([]);
    await context.close();
  });

  test('BCB-2.discoverable · an outdated name is put right at the next sign-in', async () => {
    const { page, context, authenticator } = await newDevice(on.browser);
    const userName = await becomeCustomer(page, on.demo.bank);
    await signOut(page);
    await authenticator.callThePerson('a name of long ago');
    await pressSignIn(page);
    await atHome(page);
    expect(await authenticator.credentials()).toMatchObject([{ userName, userDisplayName: 'Ada Example' }]);
    await context.close();
  });

  test('BCB-2.discoverable · a passkey whose registration broke off is forgotten once it was refused', async () => {
    const { page, context, authenticator } = await newDevice(on.browser);
    await giveDetails(page, on.demo.bank, newUserName());
    await page.route('**/v1/passkey/register/verify', (route) => route.abort());
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('alert').waitFor();
    expect(await authenticator.credentials()).toHaveLength(1);
    await page.goto(on.demo.bank);
    await pressSignIn(page);
    await page.getByRole('alert').filter({ hasText: 'does not know this passkey' }).waitFor();
    expect(await authenticator.credentials()).toEqual([]);
    await context.close();
  });
});
