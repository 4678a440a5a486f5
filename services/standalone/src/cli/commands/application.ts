import { applicationTypes, serverScopes } from '@countersign/policy';
import type { tenant } from '@countersign/contracts';
import { CommandFailed, type CommandBody } from '../command.js';

export const applicationCreate: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'whose application', required: true },
    name: { value: '<name>', help: 'name for people', required: true },
    type: { value: '<type>', help: 'what it is', required: true, choices: applicationTypes },
    origin: {
      value: '<origin>',
      help: 'exact origin of a web page or native app, e.g. https://login.bank.example',
      multiple: true,
    },
    'related-origin': {
      value: '<url>',
      help: 'page of another domain than the RP id, e.g. https://bank.example.org',
      multiple: true,
    },
    scope: { value: '<scope>', help: 'for servers', multiple: true, choices: serverScopes },
    jwks: { value: '<file>', help: 'public keys of a server that signs its requests (private_key_jwt)' },
    secret: { help: 'gives a server a secret, printed once; --jwks is better' },
  },
  run: async (input, { house, readFile }) => {
    const { tenant: service, call } = await house.control();
    const jwks = input.given('jwks') ? readFile(input.text('jwks')) : '';
    const { application, clientSecret } = await service.createApplication(
      {
        tenant: input.text('tenant'),
        name: input.text('name'),
        type: input.text('type'),
        origins: input.list('origin'),
        relatedOrigins: input.list('related-origin'),
        scopes: input.list('scope'),
        jwks,
        withSecret: input.given('secret'),
      },
      call(),
    );
    const secret = clientSecret
      ? [`  secret     ${clientSecret}`, '', 'The secret is told this once and cannot be read again.']
      : [];
    return {
      json: { application: shown(application!), ...(clientSecret && { clientSecret }) },
      lines: [`registered ${input.text('name')}`, `  client id  ${application!.clientId}`, ...secret],
    };
  },
};

export const applicationUpdate: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'whose application', required: true },
    'client-id': { value: '<id>', help: 'which one', required: true },
    name: { value: '<name>', help: 'name for people' },
    origin: { value: '<origin>', help: 'in place of all origins in the domain of the RP id', multiple: true },
    'related-origin': { value: '<url>', help: 'in place of all pages of other domains', multiple: true },
    scope: { value: '<scope>', help: 'in place of all scopes of a server', multiple: true, choices: serverScopes },
    jwks: { value: '<file>', help: 'public keys of a server from now on; a secret it had is gone' },
  },
  notes: [
    'Services know of it within a second. A server whose key is replaced needs both keys in the file for a while.',
  ],
  run: async (input, { house, readFile }) => {
    const { tenant: service, call } = await house.control();
    const [slug, clientId] = [input.text('tenant'), input.text('client-id')];
    const { applications } = await service.listApplications({ tenant: slug }, call());
    const known = applications.find((each) => each.clientId === clientId);
    if (!known) throw new CommandFailed(`${slug} has no application ${clientId}`, 'application_unknown');
    const own = known.origins.filter((origin) => !known.relatedOrigins.includes(origin));
    const listOr = (option: string, kept: string[]): string[] => (input.given(option) ? input.list(option) : kept);
    const { application, changed } = await service.updateApplication(
      {
        tenant: slug,
        clientId,
        name: input.text('name') || known.name,
        origins: listOr('origin', own),
        relatedOrigins: listOr('related-origin', known.relatedOrigins),
        scopes: listOr('scope', known.scopes),
        jwks: input.given('jwks') ? readFile(input.text('jwks')) : known.jwks,
      },
      call(),
    );
    const lines = changed ? ['changed', ...linesOf(application!)] : ['nothing changes'];
    return { json: { application: shown(application!), changed }, lines };
  },
};

export const applicationList: CommandBody = {
  options: { tenant: { value: '<slug>', help: 'whose applications', required: true } },
  run: async (input, { house }) => {
    const { tenant: service, call } = await house.control();
    const { applications } = await service.listApplications({ tenant: input.text('tenant') }, call());
    return { json: { applications: applications.map(shown) }, lines: applications.flatMap(linesOf) };
  },
};

/** Keys as JSON, not as text within JSON. */
const shown = ({ jwks, ...rest }: tenant.Application): object => ({
  ...rest,
  ...(jwks && { jwks: JSON.parse(jwks) as unknown }),
});

function linesOf({ clientId, name, type, origins, scopes, jwks, hasSecret }: tenant.Application): string[] {
  const proof = jwks ? ['signs its requests'] : hasSecret ? ['has a secret'] : [];
  return [`${clientId}  ${type.padEnd(6)}  ${name}`, ...[...origins, ...scopes, ...proof].map((line) => `    ${line}`)];
}
