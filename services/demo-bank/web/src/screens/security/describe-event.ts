import type { ActivityEvent } from '@countersign/sdk-web';

/** The platform's event types in the customer's words. */
const WORDS: Record<string, string> = {
  'subject.created': 'You became a customer',
  'ticket.issued': 'Invitation to add a passkey',
  'ticket.opened': 'Invitation opened',
  'ticket.refused': 'Invitation not accepted',
  'credential.enrolled': 'Passkey added',
  'credential.refused': 'Passkey not accepted',
  'credential.renamed': 'Passkey renamed',
  'credential.suspended': 'Passkey suspended',
  'credential.flagged': 'Passkey flagged: its model has a known weakness',
  'credential.resumed': 'Passkey resumed',
  'credential.revoked': 'Passkey removed',
  'session.established': 'Signed in',
  'session.elevated': 'Confirmed with a passkey',
  'session.ended': 'Session ended',
  'session.refused': 'Session refused',
  'authentication.refused': 'Sign-in refused',
  'challenge.refused': 'Request refused',
  'stepup.refused': 'Confirmation refused',
  'grant.issued': 'Action confirmed with a passkey',
  'grant.redeemed': 'Confirmed action carried out',
  'grant.refused': 'Confirmation not accepted',
};

/** A type this page does not know yet is still readable: `device.moved_house` becomes `Device moved house`. */
export function describeEvent({ type }: Pick<ActivityEvent, 'type'>): string {
  const plain = type.replace(/[._]/g, ' ');
  return WORDS[type] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}
