import { z } from 'zod';

const account = { rpId: z.string(), userId: z.string().meta({ description: 'User handle, base64url.' }) };

/** What an answer says that a browser should forget or rename (WebAuthn L3 §5.1.10). */
export const signals = z
  .strictObject({
    allAcceptedCredentials: z
      .strictObject({ ...account, allAcceptedCredentialIds: z.array(z.string()) })
      .meta({ description: 'For `signalAllAcceptedCredentials`: the whole list, suspended ones included.' }),
    currentUserDetails: z
      .strictObject({ ...account, name: z.string(), displayName: z.string() })
      .optional()
      .meta({ description: 'For `signalCurrentUserDetails`.' }),
  })
  .meta({
    id: 'Signals',
    description: 'Hand each member to the method of `PublicKeyCredential` of its name, where the browser has it.',
  });

export const exampleSignals = {
  allAcceptedCredentials: {
    rpId: 'bank.example',
    userId: 'bW9uYQ',
    allAcceptedCredentialIds: ['kq0mVh1h8wF3xJm2y3h0Zg'],
  },
  currentUserDetails: { rpId: 'bank.example', userId: 'bW9uYQ', name: 'customer-4711', displayName: 'Ada Example' },
};
