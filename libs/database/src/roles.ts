/** The three roles of a service and the schema they share. Migrations may name them: they are the same everywhere. */
export interface ServiceRoles {
  schema: string;
  /** Owns every object; nobody logs in as it. */
  owner: string;
  /** The service: owns nothing, is held by row-level security. */
  app: string;
  /** The relay: sees this service's outbox and nothing else. */
  relay: string;
}

/** Schema of the PostgreSQL event bus, and the two rights there are on it. */
export const BUS = {
  schema: 'bus',
  owner: 'cs_bus_owner',
  publisher: 'cs_bus_publisher',
  consumer: 'cs_bus_consumer',
} as const;

const NAME = /^[a-z][a-z0-9_]{0,40}$/;

/** @throws Error when the name could not stand unquoted in SQL */
export function identifier(name: string): string {
  if (!NAME.test(name)) throw new Error(`not a name for a database object: ${name}`);
  return name;
}

export function rolesOf(service: string): ServiceRoles {
  const schema = identifier(service);
  return { schema, owner: `cs_${schema}_owner`, app: `cs_${schema}`, relay: `cs_${schema}_relay` };
}

/** The same server as another URL, another database or another role. */
export function urlFor(url: string, database: string, role?: { user: string; password: string }): string {
  const other = new URL(url);
  other.pathname = `/${identifier(database)}`;
  if (role) [other.username, other.password] = [role.user, encodeURIComponent(role.password)];
  return other.href;
}
