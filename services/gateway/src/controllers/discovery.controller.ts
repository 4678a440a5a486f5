import { Controller, Inject } from '@nestjs/common';
import { DPOP_ALGORITHMS } from '@countersign/kernel';
import { ACR_ORDER, serverScopes } from '@countersign/policy';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import type { Directory } from '../http/edge.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { slug } from '../schemas/common.js';
import { DIRECTORY, PUBLIC_URL } from '../tokens.js';
import { relatedOriginsView } from '../views/related-origins.js';

const tenantPath = z.strictObject({ tenant: slug });
const metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.string(), token_endpoint: z.string() });
const relatedOrigins = z.strictObject({ origins: z.array(z.string()) });
const jwks = z.strictObject({ keys: z.array(z.looseObject({})) });
/** How long these may be kept; a key is published this long before it signs. */
const CACHE = 'public, max-age=300';

/** What anybody may know of a tenant: who issues its tokens, with which keys, and where its passkeys may be used. */
@Controller('v1')
export class DiscoveryController {
  constructor(
    @Inject(Peers) private readonly peers: Peers,
    @Inject(PUBLIC_URL) private readonly publicUrl: string,
    @Inject(DIRECTORY) private readonly directory: Directory,
  ) {}

  @Endpoint({
    method: 'GET',
    path: '/t/{tenant}/.well-known/openid-configuration',
    summary: 'Discover a tenant’s issuer',
    description: 'Authorization server metadata (RFC 8414).',
    auth: { kind: 'none' },
    params: tenantPath,
    answers: {
      200: {
        description: 'The metadata.',
        schema: metadata,
        example: {
          issuer: 'https://login.bank.example/v1/t/demo-bank',
          jwks_uri: 'https://login.bank.example/v1/t/demo-bank/jwks.json',
          token_endpoint: 'https://login.bank.example/v1/oauth/token',
        },
      },
    },
    errors: ['not_found'],
  })
  async readIssuer(http: Exchange<unknown, z.output<typeof tenantPath>>) {
    const { issuer } = await this.peers.session.issuer({ tenant: http.params.tenant }, http);
    const endpoints = `${this.publicUrl}/v1/oauth`;
    const authentication = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    http.setHeader('cache-control', CACHE);
    return {
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      token_endpoint: `${endpoints}/token`,
      introspection_endpoint: `${endpoints}/introspect`,
      revocation_endpoint: `${endpoints}/revoke`,
      grant_types_supported: ['client_credentials', 'refresh_token'],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: authentication,
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'EdDSA', 'PS256'],
      revocation_endpoint_auth_methods_supported: [...authentication, 'none'],
      introspection_endpoint_auth_methods_supported: ['Bearer', 'DPoP'],
      dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
      scopes_supported: serverScopes,
      acr_values_supported: ACR_ORDER,
      service_documentation: `${this.publicUrl}/docs`,
    };
  }

  @Endpoint({
    method: 'GET',
    path: '/t/{tenant}/jwks.json',
    summary: 'Read a tenant’s signing keys',
    auth: { kind: 'none' },
    params: tenantPath,
    answers: {
      200: {
        description: 'JWK set (RFC 7517).',
        schema: jwks,
        example: {
          keys: [
            { kty: 'EC', crv: 'P-256', kid: 'tenant-1', alg: 'ES256', use: 'sig', x: 'f83OJ3D2…', y: 'x_FEzRu9…' },
          ],
        },
      },
    },
    errors: ['not_found'],
  })
  async readKeys(http: Exchange<unknown, z.output<typeof tenantPath>>) {
    const { jwks: keys } = await this.peers.session.issuer({ tenant: http.params.tenant }, http);
    http.setHeader('cache-control', CACHE);
    return JSON.parse(keys) as object;
  }

  @Endpoint({
    method: 'GET',
    path: '/t/{tenant}/.well-known/webauthn',
    summary: 'Read a tenant’s related origins',
    description:
      'What the bank publishes at `https://<RP id>/.well-known/webauthn` (WebAuthn L3 §5.11), so that its passkeys work on pages of other domains: the origins of all its applications.',
    auth: { kind: 'none' },
    params: tenantPath,
    answers: {
      200: {
        description: 'The document.',
        schema: relatedOrigins,
        example: { origins: ['https://bank.example', 'https://bank.example.org'] },
      },
    },
    errors: ['not_found'],
  })
  readRelatedOrigins(http: Exchange<unknown, z.output<typeof tenantPath>>) {
    const document = relatedOriginsView(this.directory.bySlug(http.params.tenant));
    http.setHeader('cache-control', CACHE);
    return document;
  }
}
