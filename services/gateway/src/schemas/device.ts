import { z } from 'zod';
import { id, time } from './common.js';

export const device = z
  .strictObject({
    id,
    credentialId: z.string().meta({ description: 'WebAuthn credential id, base64url.' }),
    name: z.string(),
    state: z.enum(['active', 'suspended', 'revoked']),
    platform: z
      .string()
      .meta({ description: 'windows, macos, linux, android, ios or other; of the browser that enrolled it.' }),
    createdAt: time,
    lastUsedAt: time.optional(),
    synced: z.boolean().meta({ description: 'At its last use the key was copied to a passkey provider.' }),
    deviceBound: z.boolean().meta({ description: 'The key cannot leave the authenticator.' }),
    transports: z.array(z.string()),
    aaguid: z.string(),
    attestation: z.strictObject({
      format: z.string(),
      trust: z.string().meta({ description: 'none, self or anchored.' }),
    }),
  })
  .meta({ id: 'Device' });

export const exampleDevice = {
  id: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
  credentialId: 'kq0mVh1h8wF3xJm2y3h0Zg',
  name: 'MacBook',
  state: 'active',
  platform: 'macos',
  createdAt: '2026-11-22T08:00:00.000Z',
  synced: false,
  deviceBound: true,
  transports: ['internal', 'hybrid'],
  aaguid: '00000000-0000-0000-0000-000000000000',
  attestation: { format: 'none', trust: 'none' },
};
