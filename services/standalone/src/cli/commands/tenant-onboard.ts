import type { tenant } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { readPolicy } from '@countersign/policy';
import type { Answer, CommandBody } from '../command.js';
import { columns } from '../help.js';
import { findTenant } from '../tenant-file/find-tenant.js';

export const tenantOnboard: CommandBody = {
  options: {},
  run: async ({ argument: slug }, { house }): Promise<Answer> => {
    const control = await house.control();
    const found = await findTenant(control, slug);
    if (!found) throw refuse('tenant_unknown');
    const { applications } = await control.tenant.listApplications({ tenant: slug }, control.call());
    const { version, document } = await control.tenant.getPolicy({ tenant: slug }, control.call());
    const sheet = sheetOf(house.publicUrl, found, applications, { version, document });
    return { json: sheet, lines: linesOf(sheet) };
  },
};

interface Sheet {
  tenant: { slug: string; name: string; rpId: string };
  api: string;
  issuer: string;
  discovery: string;
  jwks: string;
  tokenEndpoint: string;
  documentation: string;
  openapi: string;
  applications: SheetApplication[];
  policy: { version: number; actions: string[] };
  snippets: { server?: string[]; page?: string[] };
  next: string[];
}

interface SheetApplication {
  clientId: string;
  name: string;
  type: string;
  origins?: string[];
  relatedOrigins?: string[];
  scopes?: string[];
  /** How a server proves who it is. */
  authentication?: 'private_key_jwt' | 'client_secret_basic';
}

function sheetOf(
  publicUrl: string,
  { slug, name, rpId }: tenant.Tenant,
  known: readonly tenant.Application[],
  policy: { version: number; document: string },
): Sheet {
  const issuer = `${publicUrl}/v1/t/${slug}`;
  const actions = Object.keys(readPolicy(policy.document).actions);
  const applications = known.map(shown);
  return {
    tenant: { slug, name, rpId },
    api: `${publicUrl}/v1`,
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
    jwks: `${issuer}/jwks.json`,
    tokenEndpoint: `${publicUrl}/v1/oauth/token`,
    documentation: `${publicUrl}/docs`,
    openapi: `${publicUrl}/v1/openapi.json`,
    applications,
    policy: { version: policy.version, actions },
    snippets: snippetsOf(publicUrl, applications, actions[0]),
    next: nextOf(applications, rpId),
  };
}

const shown = ({
  clientId,
  name,
  type,
  origins,
  relatedOrigins,
  scopes,
  jwks,
}: tenant.Application): SheetApplication =>
  type === 'server'
    ? { clientId, name, type, scopes, authentication: jwks ? 'private_key_jwt' : 'client_secret_basic' }
    : { clientId, name, type, origins, ...(relatedOrigins.length > 0 && { relatedOrigins }) };

/** With this bank's own values, as `sdk-node` and `sdk-web` take them. */
function snippetsOf(
  baseUrl: string,
  applications: readonly SheetApplication[],
  action = '<action>',
): Sheet['snippets'] {
  const server = applications.find(({ type }) => type === 'server');
  const web = applications.find(({ type }) => type === 'web');
  const proof = server?.authentication === 'private_key_jwt' ? 'privateKey' : 'clientSecret';
  return {
    ...(server && {
      server: [
        "import { CountersignServer } from '@countersign/sdk-node';",
        `const bank = new CountersignServer({ baseUrl: '${baseUrl}', clientId: '${server.clientId}', ${proof} });`,
        "const { id } = await bank.createSubject({ reference: 'customer-4711', displayName: 'A Customer' });",
        'const { ticket } = await bank.issueTicket(id); // to the browser of the customer you identified',
        `const { subject } = await bank.redeemGrant(grant, { name: '${action}', parameters });`,
      ],
    }),
    ...(web && {
      page: [
        "import { Countersign } from '@countersign/sdk-web';",
        `const countersign = new Countersign({ baseUrl: '${baseUrl}', clientId: '${web.clientId}' });`,
        'await countersign.signIn();',
        `const { grant } = await countersign.stepUp({ name: '${action}', parameters });`,
      ],
    }),
  };
}

function nextOf(applications: readonly SheetApplication[], rpId: string): string[] {
  const types = applications.map(({ type }) => type);
  const related = applications.some(({ relatedOrigins }) => relatedOrigins !== undefined);
  const secret = applications.some(({ authentication }) => authentication === 'client_secret_basic');
  const reader = applications.some(({ scopes }) => scopes?.includes('audit:read'));
  return [
    ...(types.includes('server') ? [] : ['register an application of type server: without one nobody can enroll']),
    ...(types.includes('web') || types.includes('native') ? [] : ['register the page or app where people sign in']),
    ...(secret ? ['replace the secret by a key of the server (application update --jwks)'] : []),
    ...(related ? [`publish https://${rpId}/.well-known/webauthn: docs/integrators/related-origins.md`] : []),
    ...(reader ? [] : ['give a server the scope audit:read if the bank is to read what was recorded']),
    'the first sign-in, call by call: docs/integrators/quickstart.md',
    'passkeys the bank has already: docs/integrators/import.md; personal data: docs/integrators/personal-data.md',
  ];
}

function linesOf(sheet: Sheet): string[] {
  const { tenant: bank, applications, policy, snippets } = sheet;
  return [
    `${bank.name} at Countersign`,
    '',
    ...columns([
      ['tenant', bank.slug],
      ['RP id', `${bank.rpId} (passkeys are bound to it)`],
      ['API', sheet.api],
      ['issuer', sheet.issuer],
      ['discovery', sheet.discovery],
      ['JWKS', sheet.jwks],
      ['token endpoint', sheet.tokenEndpoint],
      ['documentation', sheet.documentation],
      ['OpenAPI', sheet.openapi],
      ['policy', `version ${policy.version}; actions: ${policy.actions.join(', ') || 'none, each is refused'}`],
    ]),
    '',
    'Applications',
    ...applications.flatMap(applicationLines),
    ...section('On the server', snippets.server),
    ...section('In the page', snippets.page),
    '',
    'Events',
    '  GET /v1/audit/events with a server token of scope audit:read; each has its place in a log that nobody can rewrite.',
    '',
    'Next',
    ...sheet.next.map((step) => `  - ${step}`),
  ];
}

function applicationLines({ clientId, name, type, authentication, ...rest }: SheetApplication): string[] {
  const lists = Object.entries(rest).map(([member, values]) => `    ${member}: ${values.join(' ') || 'none'}`);
  return [
    `  ${name} (${type})`,
    `    client id: ${clientId}`,
    ...lists,
    ...(authentication ? [`    ${AUTHENTICATION[authentication]}`] : []),
  ];
}

const AUTHENTICATION = {
  private_key_jwt: 'authenticates by private_key_jwt (RFC 7523): signs with the key of which we hold the public half',
  client_secret_basic: 'authenticates by its secret (RFC 6749 §2.3.1), which was told once when it was registered',
};

const section = (title: string, lines: readonly string[] | undefined): string[] =>
  lines ? ['', title, ...lines.map((line) => `  ${line}`)] : [];
