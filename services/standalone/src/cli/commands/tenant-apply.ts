import type { tenant } from '@countersign/contracts';
import { checkApplicationsKnown, readPolicy, policyChanges, type PolicyChange } from '@countersign/policy';
import type { Control } from '../../control.js';
import { CommandFailed, UsageError, type Answer, type CommandBody, type Input } from '../command.js';
import { askPreview, previewLines, type Preview } from '../policy-preview.js';
import { findTenant, untilReachable } from '../tenant-file/find-tenant.js';
import { planOf, type Plan, type PlannedApplication } from '../tenant-file/plan.js';
import { checkTenantFile, readTenantFile, type TenantFile } from '../tenant-file/tenant-file.js';
import { inForce, lineOf, reasonToKeep, warningsOf } from './policy.js';

const LISTED = 20;
const LONGEST_WAIT = 3_600;

export const tenantApply: CommandBody = {
  options: {
    file: { value: '<file>', help: 'the tenant as YAML or JSON', required: true },
    'dry-run': { help: 'only prints what would change' },
    yes: { help: 'also when enrolled devices would no longer satisfy the policy' },
    wait: { value: '<seconds>', help: 'how long services may take to answer at all (default: 0)' },
  },
  notes: [
    'Repeatable: without a difference nothing is done. What cannot change (slug, RP id, type of an application) is refused',
    'before anything is done. An application that is not in the file stays: none can be deleted.',
  ],
  run: async (input, { house, readFile }): Promise<Answer> => {
    const file = readTenantFile(readFile(input.text('file')));
    const wait = waitIn(input);
    const control = await house.control();
    await untilReachable(control, wait * 1_000);
    const intent = await intentOf(control, file);
    const lines = linesOf(intent);
    const kept = intent.policy?.preview && reasonToKeep(input, intent.policy.preview);
    const told = toldOf(intent, lines);
    if (!intent.differs) return { json: told, lines: [...leftLines(intent.plan), `nothing to do for ${file.slug}`] };
    if (kept ?? input.given('dry-run'))
      return {
        json: told,
        lines: [...lines, `nothing was changed${kept?.why ?? ' (--dry-run)'}`],
        failed: kept?.failed,
      };
    const done = await carryOut(control, intent);
    return { json: { ...told, ...done, applied: true }, lines: [...lines, ...doneLines(file.slug, done)] };
  },
};

/** What a file asks for, compared with what there is. Nothing of it is done yet. */
interface Intent {
  file: TenantFile;
  plan: Plan;
  /** Undefined where the file says nothing about the policy, or nothing else than is in force. */
  policy?: { text: string; version: number; changes: PolicyChange[]; warnings: string[]; preview?: Preview };
  differs: boolean;
}

/** @throws CommandFailed naming what cannot change, a refusal where the policy does not fit the tenant */
async function intentOf(control: Control, file: TenantFile): Promise<Intent> {
  const known = await findTenant(control, file.slug);
  const { applications } = known
    ? await control.tenant.listApplications({ tenant: file.slug }, control.call())
    : { applications: [] };
  const plan = planOf(file, known, applications);
  // First: who moves a tenant to another domain learns that nobody can, and not which origin does not fit it.
  if (plan.impossible.length > 0) throw new CommandFailed(plan.impossible.join('; '), 'tenant_invalid');
  checkTenantFile(file);
  const policy = await policyIntent(control, file, known, applications);
  const touched = plan.applications.some(({ clientId, differences }) => !clientId || differences.length > 0);
  return {
    file,
    plan,
    ...(policy && { policy }),
    differs: plan.create !== undefined || touched || policy !== undefined,
  };
}

async function policyIntent(
  control: Control,
  { slug, policy }: TenantFile,
  known: tenant.Tenant | undefined,
  applications: readonly tenant.Application[],
): Promise<Intent['policy']> {
  if (!policy) return undefined;
  const { text, wanted } = policy;
  const ids = applications.map(({ clientId }) => clientId);
  checkApplicationsKnown(wanted, ids);
  const active = known ? await inForce(control, slug) : { version: 1, policy: readPolicy('{}') };
  const changes = policyChanges(active.policy, wanted);
  if (changes.length === 0) return undefined;
  const request = { tenant: slug, document: text, limit: LISTED, cursor: '' };
  const preview = known && (await askPreview(control, request));
  return { text, version: active.version, changes, warnings: warningsOf(wanted), ...(preview && { preview }) };
}

interface Done {
  /** Client ids by the names of the file. */
  clientIds: Record<string, string>;
  /** Version of the policy that came into force. */
  policyVersion?: number;
}

async function carryOut(control: Control, { file, plan, policy }: Intent): Promise<Done> {
  const { tenant: service, call } = control;
  if (plan.create) await service.createTenant(plan.create, call());
  const clientIds: Record<string, string> = {};
  for (const each of plan.applications) clientIds[each.wanted.name] = await putApplication(control, file.slug, each);
  if (!policy) return { clientIds };
  const request = { tenant: file.slug, document: policy.text, basedOn: policy.version };
  return { clientIds, policyVersion: (await service.putPolicy(request, call())).version };
}

async function putApplication(
  { tenant: service, call }: Control,
  slug: string,
  { wanted, clientId, differences }: PlannedApplication,
): Promise<string> {
  const { name, type, origins, relatedOrigins, scopes } = wanted;
  const jwks = wanted.jwks ? JSON.stringify(wanted.jwks) : '';
  const request = { tenant: slug, name, origins, relatedOrigins, scopes, jwks };
  if (clientId === undefined) {
    const { application } = await service.createApplication({ ...request, type, withSecret: false }, call());
    return application!.clientId;
  }
  if (differences.length > 0) await service.updateApplication({ ...request, clientId }, call());
  return clientId;
}

const linesOf = ({ plan, policy }: Intent): string[] => [
  ...(plan.create ? [`+ tenant ${plan.create.slug} (${plan.create.name}), RP id ${plan.create.rpId}`] : []),
  ...plan.applications.flatMap(applicationLines),
  ...(policy?.changes ?? []).map((change) => lineOf({ ...change, path: `policy.${change.path}` })),
  ...(policy?.warnings ?? []),
  ...(policy?.preview && policy.preview.findings.length + policy.preview.models.length > 0
    ? previewLines(policy.preview)
    : []),
  ...leftLines(plan),
];

function applicationLines({ wanted: { name, type }, clientId, differences }: PlannedApplication): string[] {
  if (clientId === undefined) return [`+ application ${name} (${type})`];
  return differences.map((difference) => `~ application ${name}: ${difference}`);
}

const leftLines = ({ left }: Plan): string[] =>
  left.map(({ name, clientId }) => `left alone: application ${name} (${clientId}) is not in the file`);

const doneLines = (slug: string, { clientIds, policyVersion }: Done): string[] => [
  `applied to ${slug}`,
  ...Object.entries(clientIds).map(([name, id]) => `  client id  ${id}  ${name}`),
  ...(policyVersion === undefined ? [] : [`  policy     version ${policyVersion} is in force`]),
];

const toldOf = ({ file, plan, policy }: Intent, lines: readonly string[]): object => ({
  tenant: file.slug,
  applied: false,
  changes: lines.filter((line) => /^[+~-] /.test(line)),
  left: plan.left.map(({ clientId, name }) => ({ clientId, name })),
  ...(policy?.preview && { preview: policy.preview }),
});

function waitIn(input: Input): number {
  if (!input.given('wait')) return 0;
  const seconds = Number(input.text('wait'));
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_WAIT)
    throw new UsageError(
      `--wait is not a number of seconds up to ${LONGEST_WAIT}: '${input.text('wait')}'`,
      'tenant apply',
    );
  return seconds;
}
