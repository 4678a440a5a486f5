import type { Command } from '../command.js';
import { columns } from '../help.js';
import { allTenants } from '../tenant-file/find-tenant.js';

export const tenantCreate: Command = {
  name: 'tenant create',
  summary: 'Creates a tenant with the strict default policy.',
  argument: { value: '<slug>', help: 'lower-case name that stands in the issuer of its tokens; it never changes' },
  options: {
    name: { value: '<name>', help: 'name for people', required: true },
    'rp-id': { value: '<domain>', help: 'domain its passkeys are made for, e.g. bank.example', required: true },
  },
  notes: ['Passkeys are bound to the RP id for ever: choose the domain that all sign-in pages share.'],
  run: async (input, { house }) => {
    const { tenant: service, call } = await house.control();
    const request = { slug: input.argument, name: input.text('name'), rpId: input.text('rp-id') };
    const { tenant } = await service.createTenant(request, call());
    const issuer = `${house.publicUrl}/v1/t/${request.slug}`;
    return {
      json: { tenant, issuer },
      lines: [
        `created tenant ${request.slug}`,
        `  id      ${tenant!.id}`,
        `  rp id   ${request.rpId}`,
        `  issuer  ${issuer}`,
      ],
    };
  },
};

export const tenantList: Command = {
  name: 'tenant list',
  summary: 'Lists the tenants.',
  options: {},
  run: async (_, { house }) => {
    const tenants = await allTenants(await house.control());
    const rows = tenants.map(({ slug, rpId, name, id }) => [slug, rpId, name, id]);
    return { json: { tenants }, lines: columns([['SLUG', 'RP ID', 'NAME', 'ID'], ...rows]) };
  },
};
