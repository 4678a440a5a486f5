import { codes } from './entry.js';

const START_AGAIN = 'Ask for new options and start again.';
const RECORDED = 'Read the event of this request: clients are told `authentication_failed` or `step_up_failed`.';

export const verificationCodes = codes({
  authentication_failed: {
    kind: 'unauthenticated',
    title: 'Sign-in did not succeed.',
    cause:
      'The proof was not accepted. Which part failed is in the event of the request and is never told to the client.',
    remedy: START_AGAIN,
    example: { signals: { unknownCredential: { rpId: 'bank.example', credentialId: 'kq0mVh1h8wF3xJm2y3h0Zg' } } },
  },
  step_up_failed: {
    kind: 'forbidden',
    title: 'The confirmation was not accepted.',
    cause: 'The proof was not accepted. The session itself stands. Which part failed is in the event of the request.',
    remedy: START_AGAIN,
  },
  step_up_impossible: {
    kind: 'forbidden',
    title: 'None of the person’s authenticators can confirm this.',
    cause:
      'The policy asks of a credential, for the action or the session, what none of this person’s usable ones has. `requirements` names what the one lacks that lacks least.',
    remedy: 'Have the person enroll an authenticator that has what `requirements` names.',
    example: { requirements: ['attestation'] },
  },
  client_cannot_sign_in: {
    kind: 'forbidden',
    title: 'This application does not sign people in.',
    cause: 'The application is a server; people sign in through web and native applications.',
    remedy: 'Use the client id of the web or native application.',
  },
  credential_unknown: {
    kind: 'unauthenticated',
    title: 'The credential is not known.',
    cause: 'No credential with this id is enrolled with the tenant, or it was revoked.',
    remedy: RECORDED,
    toldAs: 'authentication_failed',
  },
  credential_not_active: {
    kind: 'unauthenticated',
    title: 'The credential is not active.',
    cause: 'The signature was good; the credential is suspended.',
    remedy: `${RECORDED} Resume the device with a step-up by another one, or enroll again.`,
    toldAs: 'authentication_failed',
  },
  subject_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is by somebody else.',
    cause:
      'The ceremony was begun for one person, or for a name nobody has, and answered with another person’s credential.',
    remedy: RECORDED,
    toldAs: 'authentication_failed',
  },
  session_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is for another session.',
    cause: 'A step-up was begun in one session and completed in another.',
    remedy: RECORDED,
    toldAs: 'step_up_failed',
  },
  counter_replayed: {
    kind: 'unauthenticated',
    title: 'The signature counter did not advance.',
    cause: 'A good signature came with a counter not above the stored one: the credential may have been copied.',
    remedy: `${RECORDED} By default the device is suspended; look at it before it is resumed.`,
    toldAs: 'authentication_failed',
  },
  assurance_insufficient: {
    kind: 'forbidden',
    title: 'This authenticator is not good enough here.',
    cause:
      'The signature was good; the policy asks of a credential what this one does not have, for the application or the action. `requirements` names it, also to the client.',
    remedy: `${RECORDED} Use an authenticator that has what \`requirements\` names.`,
    example: { requirements: ['attestation'] },
    toldAs: 'step_up_failed',
  },
});
