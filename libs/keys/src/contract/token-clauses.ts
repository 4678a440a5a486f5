import { equal, notEqual } from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { unixSeconds } from '@countersign/kernel';
import type { KeyInfo, KeyStore, PublicJwk } from '../store/key-store.js';
import { DelegatedKeys } from '../tokens/delegated-keys.js';
import { checkIssuerCertificate } from '../tokens/issuer-certificate.js';
import { MemoryShelf, certifierOf } from '../tokens/issuer-key.js';
import { publicKeyOf } from '../tokens/jwks.js';
import { PublishedKeys } from '../tokens/published-keys.js';
import { TokenSigner } from '../tokens/token-signer.js';
import { verifyJws } from '../tokens/verify-jws.js';
import { refusesWith, same, type Clause } from './case.js';

const NAME = 'token/t1';
const expectations = { typ: 'at+jwt', issuer: 'https://as.example', audience: 'bank' };

function claims(): object {
  const iat = unixSeconds(new Date());
  return { iss: expectations.issuer, aud: expectations.audience, iat, exp: iat + 60, sub: 's1' };
}

async function verified(store: KeyStore, token: string, shelf = new MemoryShelf()): Promise<PublicJwk> {
  const published = await new PublishedKeys(store, shelf).jwks(NAME);
  const jwkOf = (kid: string): PublicJwk | undefined => published.keys.find((jwk) => jwk.kid === kid);
  const keyOf = (kid: string): KeyObject | undefined => {
    const jwk = jwkOf(kid);
    return jwk && publicKeyOf(jwk);
  };
  const { header } = await verifyJws(token, { ...expectations, keyOf, now: new Date() });
  return jwkOf(header.kid)!;
}

const signsDirectly: Clause = async ({ first, second }) => {
  const { id } = await first.create(NAME, 'sign');
  const token = await new TokenSigner(first, NAME).sign('at+jwt', claims());
  equal((await verified(second, token)).kid, id);
};

const ownKeys = async (store: KeyStore, kid: string): Promise<KeyObject> => publicKeyOf(await store.publicKey(kid));

/** Two replicas with issuer keys of their own: each publishes both. */
const signsByDelegation: Clause = async ({ first, second }) => {
  const { id } = await first.create(NAME, 'sign');
  const shelf = new MemoryShelf();
  const [one, other] = [new DelegatedKeys(first, shelf), new DelegatedKeys(second, shelf)];
  const token = await new TokenSigner(one, NAME).sign('at+jwt', claims());
  await new TokenSigner(other, NAME).kid();
  const jwk = await verified(second, token, shelf);
  notEqual(jwk.kid, id);
  equal(certifierOf(jwk.kid), id);
  await checkIssuerCertificate(jwk, NAME, (kid) => ownKeys(second, kid), new Date());
  const forged = { ...jwk, x: (await second.publicKey(id)).x };
  await refusesWith(
    'token_refused',
    checkIssuerCertificate(forged, NAME, (kid) => ownKeys(second, kid), new Date()),
  );
};

const endsWithCertifier: Clause = async ({ first }) => {
  const old = await first.create(NAME, 'sign');
  const shelf = new MemoryShelf();
  const disabled = new Set<string>();
  const isDisabled = (kid: string): boolean => disabled.has(kid);
  const signer = new TokenSigner(new DelegatedKeys(first, shelf, { isDisabled }), NAME);
  const token = await signer.sign('at+jwt', claims());
  await verified(first, token, shelf);
  const next = await first.activate((await first.prepare(NAME)).id);
  await first.disable(old.id);
  disabled.add(old.id);
  await refusesWith('token_refused', verified(first, token, shelf));
  const again = await verified(first, await signer.sign('at+jwt', claims()), shelf);
  equal(certifierOf(again.kid), next.id);
};

/** Receipts are proof for years; the key that signs them is none of those that sign tokens. */
const keepsReceiptsApart: Clause = async ({ first }) => {
  const token = await first.create(NAME, 'sign');
  const receipt = await first.create('receipt/t1', 'sign');
  const points = await Promise.all([token, receipt].map(({ id }) => first.publicKey(id)));
  notEqual(points[0]!.x, points[1]!.x);
  await first.disable(token.id);
  const states = async (name: string) => (await first.list(name)).map(({ state }: KeyInfo) => state);
  same(await states('receipt/t1'), ['active']);
  const signed = await new TokenSigner(first, 'receipt/t1').sign('at+jwt', claims());
  await refusesWith('token_refused', verified(first, signed));
};

export const TOKEN_CLAUSES: Record<string, Clause> = {
  'a token signed directly verifies against the published keys': signsDirectly,
  'a token signed by delegation verifies, and a key of the store vouches for the one that signed': signsByDelegation,
  'what a disabled key certified counts no more, and the next one certifies anew': endsWithCertifier,
  'the key of receipts stands apart from those of tokens': keepsReceiptsApart,
};
