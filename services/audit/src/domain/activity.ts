/** What a person's own history shows: everything that happened to the account, nothing of how it is run. */
export const ACTIVITY_TYPES = [
  'subject.created',
  'ticket.opened',
  'credential.enrolled',
  'credential.refused',
  'credential.renamed',
  'credential.suspended',
  'credential.resumed',
  'credential.revoked',
  'authentication.refused',
  'stepup.refused',
  'session.established',
  'session.elevated',
  'session.ended',
  'grant.issued',
  'grant.redeemed',
  'refresh.reused',
] as const;
