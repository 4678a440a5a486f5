import { expect, test } from '@jest/globals';
import { claimedModels, parsePolicy } from './index.js';

const aaguids = ['ee882879-721c-4913-9775-3dfcce97072a'];
const lists = {
  webauthn: { assurance: { aaguids } },
  applications: { app: { assurance: { aaguids } }, other: {} },
  actions: { pay: { assurance: { aaguids } }, look: {} },
  metadata: { aaguids: { allow: aaguids } },
};
const EACH = [
  'webauthn.assurance.aaguids',
  'applications.app.assurance.aaguids',
  'actions.pay.assurance.aaguids',
  'metadata.aaguids.allow',
];

test('BCB-1.aaguid · a list of models is only claimed where nobody has to attest one', () => {
  expect(claimedModels(parsePolicy(lists))).toEqual(EACH);
  expect(claimedModels(parsePolicy({ ...lists, metadata: {} }))).toEqual(EACH.slice(0, 3));
  expect(claimedModels(parsePolicy({}))).toEqual([]);
});

test.each([
  ['attested enrollment', { webauthn: { ...lists.webauthn, attestation: { accept: ['anchored'] } } }],
  ['metadata that is required', { metadata: { ...lists.metadata, required: true } }],
])('BCB-1.aaguid · not with %s', (_what, change) => {
  expect(claimedModels(parsePolicy({ ...lists, ...change }))).toEqual([]);
});

test('BCB-1.aaguid · nor where the scope asks for an attested key, by its level or its acr', () => {
  const policy = parsePolicy({
    webauthn: { assurance: { aaguids } },
    applications: { app: { assurance: { aaguids, level: 'device-bound-attested' } } },
    actions: { pay: { acr: 'phrh', assurance: { aaguids } } },
  });
  expect(claimedModels(policy)).toEqual(['webauthn.assurance.aaguids']);
});
