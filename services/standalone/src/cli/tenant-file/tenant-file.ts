import { isRefusal } from '@countersign/kernel';
import { readPolicy, serverScopes, type Policy } from '@countersign/policy';
import { checkApplication, checkTenant } from '@countersign/tenant';
import { isCollection, isPair, parseDocument } from 'yaml';
import { z } from 'zod';
import { CommandFailed } from '../command.js';

const text = z.string().min(1);

const application = z.strictObject({
  /** By which it is found again; another name needs the client id beside it. */
  name: text,
  clientId: text.optional(),
  type: z.enum(['web', 'native', 'server']),
  origins: z.array(text).default([]),
  relatedOrigins: z.array(text).default([]),
  scopes: z.array(text).default([]),
  /** Public keys of a server. A secret is nothing for a file. */
  jwks: z.looseObject({ keys: z.array(z.unknown()) }).optional(),
});

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const document = z.strictObject({
  slug: text,
  name: text,
  rpId: text,
  applications: z.array(application).default([]),
  /** Whole, as it stands there; what it leaves out takes the strict default. Without it the policy in force stays. */
  policy: z.custom<object>(isMap, 'is no map').optional(),
});

export type FileApplication = z.output<typeof application>;
export type TenantFile = Omit<z.output<typeof document>, 'policy'> & { policy?: { text: string; wanted: Policy } };

/** What is wrong with one member. */
interface Fault {
  path: string;
  message: string;
}

/**
 * A tenant as a file says it: YAML, or JSON, which is YAML too. What its members mean is judged by `checkTenantFile`.
 * @throws CommandFailed naming each member that is unknown or of the wrong kind, and each fault of the policy, by its path
 */
export function readTenantFile(source: string): TenantFile {
  const parsed = document.safeParse(parse(source));
  if (!parsed.success) throw refused(parsed.error.issues.flatMap(faultsOf));
  const { policy, ...file } = parsed.data;
  const told = policy && JSON.stringify(policy);
  const faults = [...twiceFaults(file.applications), ...attempt('policy', () => told && readPolicy(told))];
  if (faults.length > 0) throw refused(faults);
  return { ...file, ...(told !== undefined && { policy: { text: told, wanted: readPolicy(told) } }) };
}

/** By the rules of the control plane. @throws CommandFailed naming each wrong member by its path */
export function checkTenantFile(file: TenantFile): void {
  const faults = [
    ...attempt('', () => checkTenant(file)),
    ...file.applications.flatMap((each, at) => applicationFaults(each, file.rpId, `applications.${at}`)),
  ];
  if (faults.length > 0) throw refused(faults);
}

/** Greatest nesting of maps and lists, the outermost map counts: far more than any member has. */
const MAX_DEPTH = 32;
const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

function parse(source: string): unknown {
  const yaml = parseDocument(source, { schema: 'core', uniqueKeys: true });
  const [problem] = [...yaml.errors, ...yaml.warnings];
  // The library ran out of stack.
  if (problem?.code === 'RESOURCE_EXHAUSTION') throw notTaken(TOO_DEEP);
  if (problem) throw notTaken(`not YAML: ${problem.message.split('\n')[0]!.replace(/:$/, '')}`);
  if (isDeeper(yaml.contents, MAX_DEPTH)) throw notTaken(TOO_DEEP);
  try {
    return yaml.toJS({ maxAliasCount: 0 });
  } catch {
    throw notTaken('not YAML: aliases are not taken');
  }
}

/** Whether maps and lists are nested in more levels than that. Goes no deeper itself. */
function isDeeper(node: unknown, levels: number): boolean {
  if (isPair(node)) return isDeeper(node.key, levels) || isDeeper(node.value, levels);
  return isCollection(node) && (levels === 0 || node.items.some((item) => isDeeper(item, levels - 1)));
}

const notTaken = (problem: string): CommandFailed => new CommandFailed(problem, 'tenant_invalid');

function applicationFaults(each: FileApplication, rpId: string, at: string): Fault[] {
  const { jwks, ...rest } = each;
  const request = { ...rest, jwks: jwks ? JSON.stringify(jwks) : '', withSecret: false };
  return attempt(at, () => checkApplication(request, rpId, serverScopes));
}

function twiceFaults(applications: readonly FileApplication[]): Fault[] {
  return applications.flatMap(({ name, clientId }, at) => {
    const before = applications.slice(0, at);
    const twice = before.some((each) => each.name === name || (clientId !== undefined && each.clientId === clientId));
    return twice ? [{ path: `applications.${at}`, message: 'names an application twice' }] : [];
  });
}

/** The faults a check names, below `at`. */
function attempt(at: string, check: () => unknown): Fault[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return (error.details.errors ?? []).map(({ path, message }) => ({ path: below(at, path), message }));
  }
}

const below = (at: string, path: string): string => [at, path].filter(Boolean).join('.');

/** An unknown member is named by its own path. */
function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: below(path, key), message: 'is unknown' }));
}

const refused = (faults: readonly Fault[]): CommandFailed =>
  new CommandFailed(
    faults.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
    'tenant_invalid',
  );
