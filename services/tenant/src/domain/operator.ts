import { isUuid } from '@countersign/kernel';
import { expectThat, refuseFaults } from './fault.js';

export interface NewOperator {
  /** Id of a subject of the built-in tenant. */
  subject: string;
  roles: readonly string[];
}

/** @throws `operator_invalid` naming each wrong member */
export function checkOperator({ subject, roles }: NewOperator, knownRoles: readonly string[]): void {
  refuseFaults('operator_invalid', [
    ...expectThat(isUuid(subject), 'subject', 'the id of a person of the platform tenant'),
    ...expectThat(roles.length > 0, 'roles', 'at least one'),
    ...expectThat(
      roles.every((role) => knownRoles.includes(role)),
      'roles',
      `each one of ${knownRoles.join(', ')}`,
    ),
    ...expectThat(new Set(roles).size === roles.length, 'roles', 'names a role twice'),
  ]);
}
