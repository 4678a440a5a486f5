import kafkajs, { type Admin } from 'kafkajs';
import type { DeclaredTopic, Permission } from './declaration.js';
import type { Difference } from './provision.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** What Kafka allows somebody; `name` may be a beginning or `*` where `exact` is false. */
export interface Held {
  principal: string;
  resource: 'topic' | 'group';
  name: string;
  operation: string;
  exact: boolean;
}

/** Operations by which somebody else's events could get into a topic, or a topic away. */
const DANGEROUS = new Set(['ALL', 'WRITE', 'ALTER', 'ALTER_CONFIGS', 'DELETE']);

const NAMES = new Map(Object.entries(AclOperationTypes).map(([name, value]) => [Number(value), name]));

/**
 * Whatever is allowed on the declared topics and groups, patterns and `*` included.
 * @returns `nobody asks` where the brokers have no authorizer
 */
export async function permissionsOf(
  admin: Admin,
  topics: readonly DeclaredTopic[],
  permissions: readonly Permission[],
): Promise<readonly Held[] | 'nobody asks'> {
  const asked = [
    ...topics.map(({ name }) => ({ resource: 'topic' as const, name })),
    ...permissions.map(({ resource, name }) => ({ resource, name })),
  ];
  const unique = [...new Map(asked.map((each) => [`${each.resource} ${each.name}`, each])).values()];
  const held: Held[] = [];
  try {
    for (const { resource, name } of unique) held.push(...(await onResource(admin, resource, name)));
  } catch (error) {
    if ((error as { type?: string }).type === 'SECURITY_DISABLED') return 'nobody asks';
    throw error;
  }
  return held;
}

async function onResource(admin: Admin, resource: Held['resource'], resourceName: string): Promise<Held[]> {
  const { resources } = await admin.describeAcls({
    resourceName,
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourcePatternType: ResourcePatternTypes.MATCH,
    permissionType: AclPermissionTypes.ALLOW,
    operation: AclOperationTypes.ANY,
  });
  return resources.flatMap(({ resourceName: name, resourcePatternType, acls }) =>
    acls.map(({ principal, operation }) => ({
      ...{ principal, resource, name },
      operation: NAMES.get(operation) ?? 'ANY',
      exact: resourcePatternType === ResourcePatternTypes.LITERAL && name !== '*',
    })),
  );
}

const isSame = (wanted: Permission, { principal, resource, name, operation }: Held): boolean =>
  wanted.principal === principal &&
  wanted.resource === resource &&
  wanted.name === name &&
  wanted.operation === operation;

/** What a wider permission would cover counts as missing all the same: what is declared stands by itself. */
export const missingOf = (permissions: readonly Permission[], held: readonly Held[]): Permission[] =>
  permissions.filter((wanted) => !held.some((each) => each.exact && isSame(wanted, each)));

/** What is missing, and what somebody may do whom nobody declared. */
export function differencesOf(permissions: readonly Permission[], held: readonly Held[] | 'nobody asks'): Difference[] {
  if (held === 'nobody asks')
    return [
      { what: 'permissions', problem: 'the brokers have no authorizer: everybody may do everything', mendable: false },
    ];
  const declared = (each: Held): boolean => each.exact && permissions.some((wanted) => isSame(wanted, each));
  const missing = missingOf(permissions, held);
  const strange = held.filter((each) => each.resource === 'topic' && DANGEROUS.has(each.operation) && !declared(each));
  const told = new Map(strange.map((each) => [`${each.principal} ${each.operation} ${each.name}`, each]));
  return [
    ...missing.map(({ principal, operation, resource, name }) => ({
      what: `${resource} ${name}`,
      problem: `${principal} may not ${operation}`,
      mendable: true,
    })),
    ...[...told.values()].map(({ principal, operation, name }) => ({
      what: `topic ${name}`,
      problem: `${principal} may ${operation}, and nobody declared it`,
      mendable: false,
    })),
  ];
}
