import { PLATFORM_SLUG, uuidv7 } from '@countersign/kernel';
import { operatorRoles } from '@countersign/policy';
import type { Control } from '../../control.js';
import { CommandFailed, type CommandBody, type Input } from '../command.js';

export const operatorInvite: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'the tenant to act for', required: true },
    role: { value: '<role>', help: 'what they may do', required: true, multiple: true, choices: operatorRoles },
    name: { value: '<name>', help: 'their name, as they see it when they enroll', required: true },
    reference: { value: '<user name>', help: 'the name they sign in by (default: their name)' },
    pin: { help: 'also asks for a PIN when the link is opened; tell it on another way than the link' },
    existing: { help: 'the person is an operator already: gives these roles and a new link' },
  },
  notes: [
    'The link works once, for ten minutes, in the browser that opens it first. Whoever opens it becomes this operator:',
    'hand it over in person, or use --pin.',
  ],
  run: async (input, { house }) => {
    const control = await house.control();
    const subject = await person(control, input);
    const tenant = input.text('tenant');
    await control.tenant.addOperator({ tenant, subject, roles: input.list('role') }, control.call());
    const wanted = { subject, withPin: input.given('pin'), tenant: PLATFORM_SLUG };
    const { ticket, pin, expiresAt } = await control.enrollment.issueTicket(wanted, control.call());
    const link = `${house.publicUrl}/operator#ticket=${encodeURIComponent(ticket)}`;
    return {
      json: { subject, tenant, roles: input.list('role'), link, ...(pin && { pin }), expiresAt },
      lines: [link, ...(pin ? [`PIN  ${pin}`] : []), `works once, until ${expiresAt}`],
    };
  },
};

/** The subject of the built-in tenant. A name that is taken is not handed to somebody else by mistake. */
async function person({ tenant, enrollment, call }: Control, input: Input): Promise<string> {
  await tenant.listOperators({ tenant: input.text('tenant') }, call());
  const displayName = input.text('name');
  const reference = input.text('reference') || displayName;
  const request = { reference, displayName, idempotencyKey: uuidv7(), tenant: PLATFORM_SLUG };
  const { subject, created } = await enrollment.createSubject(request, call());
  if (created || input.given('existing')) return subject;
  throw new CommandFailed('an operator of this name exists; --existing gives them these roles and a new link');
}

export const operatorList: CommandBody = {
  options: { tenant: { value: '<slug>', help: 'whose operators', required: true } },
  run: async (input, { house }) => {
    const { tenant: service, call } = await house.control();
    const { operators } = await service.listOperators({ tenant: input.text('tenant') }, call());
    return { json: { operators }, lines: operators.map(({ subject, roles }) => `${subject}  ${roles.join(', ')}`) };
  },
};
