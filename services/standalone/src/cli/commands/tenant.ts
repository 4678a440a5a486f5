import type { CommandBody } from '../command.js';
import { columns } from '../help.js';
import { allTenants } from '../tenant-file/find-tenant.js';

export const tenantCreate: CommandBody = {
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

export const tenantList: CommandBody = {
  options: {},
  run: async (_, { house }) => {
    const tenants = await allTenants(await house.control());
    const rows = tenants.map(({ slug, rpId, name, id }) => [slug, rpId, name, id]);
    return { json: { tenants }, lines: columns([['SLUG', 'RP ID', 'NAME', 'ID'], ...rows]) };
  },
};
