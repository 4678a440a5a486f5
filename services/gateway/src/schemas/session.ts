import { z } from 'zod';
import { id, time } from './common.js';

export const assurance = {
  id,
  acr: z.string().meta({
    description:
      '`phr1`: phishing-resistant; `phr`: and the person was verified; `phrh`: and hardware-protected (OpenID EAP ACR values).',
  }),
  amr: z.array(z.string()).meta({ description: 'Methods used (RFC 8176).' }),
  authTime: time.meta({ description: 'When the person last proved to be there, RFC 3339.' }),
};

export const assuredSession = z.strictObject(assurance).meta({ id: 'Assurance' });

export const session = z
  .strictObject({
    ...assurance,
    subject: id,
    clientId: z.string(),
    device: z.string().meta({ description: 'Device it was opened with.' }),
    platform: z.string(),
    createdAt: time,
    lastActiveAt: time,
    current: z.boolean().meta({ description: 'The session of this very request.' }),
  })
  .meta({ id: 'Session' });

export const exampleAssurance = {
  id: '01936b1d-02aa-7c1e-8f6b-0d9a4c3e2b11',
  acr: 'phr',
  amr: ['hwk', 'user', 'mfa'],
  authTime: '2026-11-22T08:05:00.000Z',
};

export const exampleSubject = '01936b1c-1f00-7d3a-b2c4-6e8f0a1b2c3d';

export const exampleSession = {
  ...exampleAssurance,
  subject: exampleSubject,
  clientId: 'demo-web',
  device: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
  platform: 'macos',
  createdAt: '2026-11-22T08:05:00.000Z',
  lastActiveAt: '2026-11-22T08:06:10.000Z',
  current: true,
};

export const tokenType = z.enum(['Bearer', 'DPoP']).meta({
  description: 'The scheme under which to send it; `DPoP` when it is bound to the key of a proof (RFC 9449).',
});

/** An access token. Lives are seconds, as OAuth counts them. */
export const accessToken = { accessToken: z.string(), tokenType, expiresIn: z.number().int() };
