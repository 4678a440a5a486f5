import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import { refuse, uuidv7 } from '@countersign/kernel';
import { JwksCache, MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf } from '@countersign/keys';
import {
  CALLER_TOKEN,
  callerVerifier,
  identityOf,
  personOf,
  rpcClient,
  withToken,
  type Call,
  type CallMeta,
  type CallerClaims,
} from '../src/index.js';
import {
  CHALLENGE,
  SHAPES,
  VERIFICATION,
  asking,
  call,
  challengeService,
  clientOf,
  dispatcherOf,
  echo,
  refusalOf,
  type Noted,
  type Shape,
} from './house.js';

const {
  redeemGrant,
  redeemGrant: { path: PATH },
} = VERIFICATION;
const REDEEM = { redeemGrant };
const now = (): number => Math.floor(Date.now() / 1000);

let keys: SoftwareKeyStore;
let signer: TokenSigner;
let cache: JwksCache;

beforeAll(async () => {
  keys = new SoftwareKeyStore('memory', new MemoryBacking());
  await keys.create('caller', 'sign');
  await keys.create('other', 'sign');
  signer = new TokenSigner(keys, 'caller');
  cache = new JwksCache(() => jwksOf(keys, 'caller'));
});

const CLAIMS: CallerClaims = {
  tenant: uuidv7(),
  client_id: 'bank-web',
  scope: '',
  sub: uuidv7(),
  pseudonym: 'pseudonym',
  sid: uuidv7(),
  acr: 'phr',
  auth_time: 1_900_000_000,
  txn: 'request',
};

/** A caller token as session makes it, but for what a test changes. */
const token = (over: Record<string, unknown> = {}, typ: string = CALLER_TOKEN.typ, by = signer): Promise<string> =>
  by.sign(typ, { ...CLAIMS, iss: CALLER_TOKEN.issuer, aud: PATH, iat: now(), exp: now() + 30, ...over });

describe.each(SHAPES)('R28 · a method for people %s', (_, open) => {
  let shape: Shape;
  let noted: Noted;
  let seen: Call[];
  let gateway: (callerToken?: string) => Promise<unknown>;

  beforeEach(async () => {
    shape = await open();
    seen = [];
    const made = dispatcherOf(
      'verification',
      VERIFICATION,
      {
        redeemGrant: async (__: never, incoming: Call) => {
          seen.push(incoming);
          await clientOf(shape, 'verification').issue(asking('inner'), incoming);
          return { subject: 'someone', session: '', acr: '', authTime: 0n, credential: '' };
        },
      },
      { verifyCaller: callerVerifier(cache) },
    );
    noted = made.noted;
    await shape.serve('verification', made.dispatcher);
    const client = rpcClient(REDEEM, shape.channel('gateway', 'verification'));
    gateway = (callerToken) => {
      const meta: CallMeta = callerToken === undefined ? call() : withToken(call(), callerToken);
      return client.redeemGrant({ grant: 'grant', action: undefined }, meta);
    };
  });
  afterEach(() => shape.close());

  const refused = async (callerToken?: string): Promise<void> => {
    expect(await refusalOf(gateway(callerToken))).toMatchObject({ code: 'caller_token_refused' });
    expect(seen).toEqual([]);
    expect(noted.refused).toEqual([
      expect.objectContaining({ caller: 'gateway', path: PATH, code: 'caller_token_refused' }),
    ]);
  };

  test('R28 · takes tenant and person from the token, and does not hand the token on', async () => {
    const inner: object[] = [];
    const { dispatcher } = challengeService((request, incoming) => {
      inner.push(incoming);
      return echo(request);
    });
    await shape.serve('challenge', dispatcher);
    const raw = await token();
    await gateway(raw);
    expect(seen[0]!.identity).toEqual({
      tenant: CLAIMS.tenant,
      clientId: 'bank-web',
      scopes: [],
      person: {
        subject: CLAIMS.sub,
        pseudonym: 'pseudonym',
        session: CLAIMS.sid,
        acr: 'phr',
        authTime: 1_900_000_000,
      },
    });
    for (const incoming of [seen[0], inner[0]]) expect(JSON.stringify(incoming)).not.toContain(raw);
    expect(inner[0]).not.toHaveProperty('identity');
    expect(noted.refused).toEqual([]);
  });

  test('R28 · a server has scopes and no person', async () => {
    const { dispatcher } = challengeService(echo);
    await shape.serve('challenge', dispatcher);
    await gateway(await token({ sub: undefined, scope: 'grants:redeem introspect' }));
    expect(seen[0]!.identity).toEqual({
      tenant: CLAIMS.tenant,
      clientId: 'bank-web',
      scopes: ['grants:redeem', 'introspect'],
    });
    expect(() => personOf(seen[0]!)).toThrow(refuse('caller_token_refused'));
  });

  test('R28 · without a token: refused and recorded', () => refused());
  test('R28 · with something that is no token: refused and recorded', () => refused('hunter2'));
  test('R28 · with a token for another method of the service', async () =>
    refused(await token({ aud: VERIFICATION.beginStepUp.path })));
  test('R28 · with a token for a method of another service', async () =>
    refused(await token({ aud: enrollment.EnrollmentServiceService.createSubject.path })));
  test('R28 · after its 30 s', async () => refused(await token({ iat: now() - 31, exp: now() - 1 })));
  test('R28 · with a token that says it lives longer', async () => refused(await token({ exp: now() + 31 })));
  test('R28 · with a token of another issuer', async () => refused(await token({ iss: 'countersign-tenant' })));
  test('R28 · with a token of another class, such as a grant', async () => refused(await token({}, 'grant+jwt')));
  test('R28 · with a token signed by another key', async () =>
    refused(await token({}, CALLER_TOKEN.typ, new TokenSigner(keys, 'other'))));
  test('R28 · with a payload that was changed afterwards', async () => {
    const [header, payload, signature] = (await token()).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as CallerClaims;
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: uuidv7() })).toString('base64url');
    await refused([header, forged, signature].join('.'));
  });
  test.each(['pseudonym', 'sid', 'acr', 'auth_time', 'scope'])('R28 · with a token without %s', async (claim) =>
    refused(await token({ [claim]: undefined })),
  );
});

describe('caller tokens while session is away', () => {
  test('a verifier that never had the keys is unavailable: that is no forgery, and is not recorded as one', async () => {
    const away = new JwksCache(() => Promise.reject(refuse('unavailable')));
    const made = dispatcherOf('verification', VERIFICATION, {}, { verifyCaller: callerVerifier(away) });
    const incoming = { path: PATH, caller: 'gateway', ...call(), callerToken: await token(), body: Buffer.alloc(0) };
    expect(await refusalOf(made.dispatcher.dispatch(incoming))).toMatchObject({ code: 'unavailable' });
    expect(made.noted.refused).toEqual([]);
  });

  test('a method that asks for no caller token sees no identity, whatever came along', async () => {
    const seen: Call[] = [];
    const { dispatcher } = challengeService((request, incoming) => {
      seen.push(incoming);
      return echo(request);
    });
    const body = CHALLENGE.issue.requestSerialize(asking('a'));
    const callerToken = await token({ aud: CHALLENGE.issue.path });
    await dispatcher.dispatch({ path: CHALLENGE.issue.path, caller: 'verification', ...call(), callerToken, body });
    expect(() => identityOf(seen[0]!)).toThrow(refuse('caller_token_refused'));
    expect(JSON.stringify(seen)).not.toContain(callerToken);
  });
});
