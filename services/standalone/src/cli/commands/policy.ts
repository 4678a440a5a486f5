import { claimedModels, policyChanges, readPolicy, type Policy, type PolicyChange } from '@countersign/policy';
import type { Control } from '../../control.js';
import { UsageError, type CommandBody, type Input } from '../command.js';
import { askPreview, previewLines, type Preview } from '../policy-preview.js';

export const policyShow: CommandBody = {
  options: { tenant: { value: '<slug>', help: 'whose policy', required: true } },
  run: async (input, { house }) => {
    const { version, policy } = await inForce(await house.control(), input.text('tenant'));
    return {
      json: { tenant: input.text('tenant'), version, policy },
      lines: JSON.stringify(policy, undefined, 2).split('\n'),
    };
  },
};

export const policyPreview: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'whose devices', required: true },
    limit: { value: '<n>', help: 'devices to list, at most 500 (default: 20)' },
    cursor: { value: '<cursor>', help: 'where the list before this one ended' },
  },
  run: async (input, { house, readFile }) => {
    const document = readFile(input.argument);
    readPolicy(document);
    const tenant = input.text('tenant');
    const page = { limit: limitIn(input), cursor: input.text('cursor') };
    const preview = await askPreview(await house.control(), { tenant, document, ...page });
    return { json: { tenant, ...preview }, lines: previewLines(preview) };
  },
};

export const policyPut: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'whose policy', required: true },
    file: {
      value: '<file>',
      help: 'the whole policy as JSON; what it leaves out takes the strict default',
      required: true,
    },
    'based-on': { value: '<version>', help: 'version the file was made from; another one in force refuses it' },
    'dry-run': { help: 'only prints what would change' },
    yes: { help: 'also when enrolled devices would no longer satisfy it' },
  },
  notes: [
    'Without --based-on the file is taken as made from the version now in force.',
    'Devices that would be left behind are counted first; where there are any, nothing changes without --yes.',
  ],
  run: async (input, { house, readFile }) => {
    const document = readFile(input.text('file'));
    const wanted = readPolicy(document);
    const control = await house.control();
    const tenant = input.text('tenant');
    const active = await inForce(control, tenant);
    const changes = policyChanges(active.policy, wanted);
    const warnings = warningsOf(wanted);
    const told = { tenant, version: active.version, changes, warnings };
    if (changes.length === 0) return { json: told, lines: ['nothing changes'] };
    const basedOn = input.given('based-on') ? versionIn(input) : active.version;
    const preview = await askPreview(control, { tenant, document, limit: LISTED, cursor: '' });
    const lines = [
      ...changes.map(lineOf),
      ...warnings,
      ...(preview.findings.length + preview.models.length > 0 ? previewLines(preview) : []),
    ];
    const kept = reasonToKeep(input, preview);
    if (kept)
      return { json: { ...told, preview }, lines: [...lines, `nothing was changed${kept.why}`], failed: kept.failed };
    const { version } = await control.tenant.putPolicy({ tenant, document, basedOn }, control.call());
    return { json: { ...told, version, preview }, lines: [...lines, `version ${version} is in force`] };
  },
};

/** Why the policy in force stays; undefined when the new one may take over. */
export function reasonToKeep(
  input: Input,
  { affected, condemned, devices }: Preview,
): { why: string; failed: boolean } | undefined {
  if (input.given('dry-run')) return { why: ' (--dry-run)', failed: false };
  if (affected + condemned === 0 || input.given('yes')) return undefined;
  const left = `${affected} of ${devices} devices would be left behind`;
  const why = `: ${left}${condemned > 0 ? ` and ${condemned} condemned by their model` : ''} (--yes puts it into force)`;
  return { why, failed: true };
}

const LISTED = 20;

function limitIn(input: Input): number {
  if (!input.given('limit')) return LISTED;
  const limit = Number(input.text('limit'));
  if (!Number.isInteger(limit) || limit < 0 || limit > 500)
    throw new UsageError(`--limit is not a number from 0 to 500: '${input.text('limit')}'`, 'policy preview');
  return limit;
}

export async function inForce(
  { tenant: service, call }: Control,
  tenant: string,
): Promise<{ version: number; policy: Policy }> {
  const { version, document } = await service.getPolicy({ tenant }, call());
  return { version, policy: readPolicy(document) };
}

function versionIn(input: Input): number {
  const version = Number(input.text('based-on'));
  if (!Number.isInteger(version) || version < 1 || version > 2 ** 31 - 1)
    throw new UsageError(`--based-on is not a version: '${input.text('based-on')}'`, 'policy put');
  return version;
}

/** What is allowed, and surely not meant. */
export const warningsOf = (policy: Policy): string[] => claimedModels(policy).map(claimedModelsLine);

const claimedModelsLine = (path: string): string =>
  `warning: ${path} is passed by whoever claims a model: ask for device-bound-attested there, or accept attested authenticators only`;

/** `+` in front of what is new, `-` of what goes, `~` of what becomes another. */
export function lineOf({ path, before, after }: PolicyChange): string {
  if (before === undefined) return `+ ${path}: ${JSON.stringify(after)}`;
  if (after === undefined) return `- ${path}: ${JSON.stringify(before)}`;
  return `~ ${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
