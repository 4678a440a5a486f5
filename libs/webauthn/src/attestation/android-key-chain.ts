import type { PresentedCertificate } from './certificate.js';
import type { Validity } from './path.js';
import type { Chain } from './x5c.js';

/** Key description (WebAuthn L3 §8.4.1), and what a remotely provisioned attestation key carries. */
export const KEY_DESCRIPTION = '1.3.6.1.4.1.11129.2.1.17';
const PROVISIONING_INFO = '1.3.6.1.4.1.11129.2.1.30';
const [SERIAL_NUMBER, TITLE] = ['2.5.4.5', '2.5.4.12'];

/** Google names the authority of a factory key by a serial number and where the keys live. */
const isFactory = ({ subject }: PresentedCertificate): boolean =>
  subject.has(SERIAL_NUMBER) && ['TEE', 'StrongBox'].includes(subject.get(TITLE)?.join() ?? '');

/**
 * Whose dates count. The leaf's never do: they come from the device's clock. Keys of the factory are for the life of
 * the device, so their certificates may expire; whoever gets keys over the air gets new ones in time.
 */
export function validityOf([, ...above]: Chain): Validity {
  const isRemote = above.some(({ extensions }) => extensions.has(PROVISIONING_INFO));
  return !isRemote && above.some(isFactory) ? 'not-before-only' : 'ignore-leaf';
}

/** Whether only the leaf describes a key: a second description is the mark of a chain that an attested key prolonged. */
export const describesOneKey = ([, ...above]: Chain): boolean =>
  above.every(({ extensions }) => !extensions.has(KEY_DESCRIPTION));
