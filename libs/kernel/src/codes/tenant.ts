import { codes } from './entry.js';

export const tenantCodes = codes({
  tenant_invalid: {
    kind: 'invalid',
    title: 'The tenant cannot be created like this.',
    cause: 'Slug, name or RP id is not of the expected form; `errors` names each.',
    remedy: 'Correct the members named in `errors`.',
    example: {
      errors: [{ path: 'rpId', message: 'a lower-case domain name without scheme or port, e.g. bank.example' }],
    },
  },
  tenant_slug_taken: {
    kind: 'conflict',
    title: 'This slug is taken.',
    cause: 'Another tenant has it. A slug stands in the issuer of tokens and is never used twice.',
    remedy: 'Choose another slug.',
  },
  tenant_unknown: {
    kind: 'not_found',
    title: 'There is no such tenant.',
    cause: 'No tenant has this slug.',
    remedy: 'List the tenants and check the slug.',
  },
  tenant_too_large: {
    kind: 'too_large',
    title: 'The configuration of this tenant would become too large.',
    cause: 'Applications, keys, trust anchors and operators together exceed 512 KiB in the signed snapshot.',
    remedy: 'Remove what is no longer needed, trust anchors first.',
  },
  policy_invalid: {
    kind: 'invalid',
    title: 'The policy is not valid.',
    cause: 'A member of the document is unknown, of the wrong type or out of its limits; `errors` names each path.',
    remedy: 'Correct the members named in `errors`.',
    example: { errors: [{ path: 'sessions.inactivity', message: 'must not be longer than `absolute`' }] },
  },
  policy_conflict: {
    kind: 'conflict',
    title: 'Another policy came into force in the meantime.',
    cause: 'The change was made from a version that is not the active one.',
    remedy: 'Read the active policy, apply the change to it, and send that version as its base.',
  },
  application_invalid: {
    kind: 'invalid',
    title: 'The application cannot be registered or changed like this.',
    cause: 'Type, name, origins, scopes, keys or secret do not fit together; `errors` names each.',
    remedy: 'Correct the members named in `errors`.',
    example: { errors: [{ path: 'origins.0', message: 'must be bank.example or a host below it' }] },
  },
  application_unknown: {
    kind: 'not_found',
    title: 'There is no such application.',
    cause: 'No application of this tenant has this client id.',
    remedy: 'List the applications of the tenant and check the client id.',
  },
  operator_invalid: {
    kind: 'invalid',
    title: 'The operator cannot be added like this.',
    cause: 'The subject is no id of a person of the platform tenant, or a role does not exist; `errors` names each.',
    remedy: 'Correct the members named in `errors`.',
    example: { errors: [{ path: 'roles', message: 'each one of admin, auditor' }] },
  },
});
