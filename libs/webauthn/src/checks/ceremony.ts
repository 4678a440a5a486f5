import type { AuthenticatorData } from '../parse/authenticator-data.js';
import type { ClientData } from '../parse/client-data.js';
import type { Expected } from '../types.js';

/** What registration and authentication have in common: read, not yet judged. */
export interface Ceremony {
  clientData: ClientData;
  authData: AuthenticatorData;
  expected: Expected;
}
