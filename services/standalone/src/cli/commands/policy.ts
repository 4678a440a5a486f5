import { policyChanges, readPolicy, type Policy, type PolicyChange } from '@countersign/policy';
import type { Control } from '../../control.js';
import { UsageError, type Command, type Input } from '../command.js';

export const policyShow: Command = {
  name: 'policy show',
  summary: 'Prints the policy in force, with every default spelt out.',
  options: { tenant: { value: '<slug>', help: 'whose policy', required: true } },
  run: async (input, { house }) => {
    const { version, policy } = await inForce(await house.control(), input.text('tenant'));
    return {
      json: { tenant: input.text('tenant'), version, policy },
      lines: JSON.stringify(policy, undefined, 2).split('\n'),
    };
  },
};

export const policyPut: Command = {
  name: 'policy put',
  summary: 'Puts a policy into force as the next version, and prints what it changes.',
  options: {
    tenant: { value: '<slug>', help: 'whose policy', required: true },
    file: {
      value: '<file>',
      help: 'the whole policy as JSON; what it leaves out takes the strict default',
      required: true,
    },
    'based-on': { value: '<version>', help: 'version the file was made from; another one in force refuses it' },
    'dry-run': { help: 'only prints what would change' },
  },
  notes: ['Without --based-on the file is taken as made from the version now in force.'],
  run: async (input, { house, readFile }) => {
    const document = readFile(input.text('file'));
    const wanted = readPolicy(document);
    const control = await house.control();
    const tenant = input.text('tenant');
    const active = await inForce(control, tenant);
    const changes = policyChanges(active.policy, wanted);
    const basedOn = input.given('based-on') ? versionIn(input) : active.version;
    const idle = changes.length === 0 || input.given('dry-run');
    const request = { tenant, document, basedOn };
    const version = idle ? active.version : (await control.tenant.putPolicy(request, control.call())).version;
    const last =
      changes.length === 0
        ? 'nothing changes'
        : idle
          ? 'nothing was changed (--dry-run)'
          : `version ${version} is in force`;
    return { json: { tenant, version, changes }, lines: [...changes.map(lineOf), last] };
  },
};

async function inForce(
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

function lineOf({ path, before, after }: PolicyChange): string {
  if (before === undefined) return `+ ${path}: ${JSON.stringify(after)}`;
  if (after === undefined) return `- ${path}: ${JSON.stringify(before)}`;
  return `~ ${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
