import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { common, session } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { withToken } from '@countersign/platform';
import { sweepProofs } from '../src/store/sweeper.js';
import { House, SECRET, SessionServiceService, claimsOf, described, type Presented } from './house.js';
import { KeyHolder } from './key-holder.js';

let house: House;
let own: KeyHolder;
let thief: KeyHolder;
beforeAll(async () => {
  house = await House.open();
  [own, thief] = [await KeyHolder.make(), await KeyHolder.make()];
});
afterAll(() => house.close());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

const admin = async <T>(text: string, values: unknown[] = []): Promise<T[]> =>
  withClient(house.installation.database.adminUrl, async (client) => {
    await client.query('set search_path = session');
    return (await client.query(text, values)).rows as T[];
  });

const bound = (jkt = own.jkt) => house.native({ jkt });

const check = (presented: Presented, proof?: common.DpopProof, replica = 0, changes = {}) =>
  house.check(presented, { proof, ...changes }, replica);

const credential = { $case: 'clientSecret', value: SECRET } as const;
const TOKEN_PATH = ['POST', '/v1/oauth/token'] as const;
const clientToken = async (proof: common.DpopProof | undefined, clientId = 'bank-server') =>
  house.as('gateway').clientToken({ tenant: '', clientId, credential, scope: '', proof }, house.call());

describe('a token that is bound to a key', () => {
  test('R24 · works with a proof by that key, on either replica, and says so in its claims', async () => {
    const { accessToken, tokenType } = await bound();
    expect(tokenType).toBe('DPoP');
    expect(claimsOf(accessToken)).toMatchObject({ cnf: { jkt: own.jkt } });
    for (const replica of [0, 1]) {
      const answer = await check({ dpop: accessToken }, await own.listing(accessToken), replica);
      expect(answer).toMatchObject({ clientId: 'bank-app', dpopNonce: '' });
      expect(claimsOf(answer.callerToken)).toMatchObject({ jkt: own.jkt });
    }
  });

  test('R24 · is refused without one, by another key, as a bearer token, and for another token or call', async () => {
    const { accessToken, session: id } = await bound();
    const other = await bound();
    const dpop = { dpop: accessToken };
    expect(await codeOf(check(dpop))).toBe('dpop_proof_missing');
    expect(await codeOf(check(dpop, await thief.listing(accessToken)))).toBe('dpop_key_mismatch');
    expect(await codeOf(check({ bearer: accessToken }))).toBe('dpop_scheme_mismatch');
    const good = await own.listing(accessToken);
    expect(await codeOf(check({ bearer: accessToken }, good))).toBe('dpop_scheme_mismatch');
    expect(await codeOf(check(dpop, await own.listing(other.accessToken)))).toBe('dpop_token_mismatch');
    const elsewhere = { method: SessionServiceService.signOutAll.path };
    expect(await codeOf(check(dpop, good, 0, elsewhere))).toBe('dpop_url_mismatch');
    expect(await codeOf(check(dpop, { ...good, method: 'POST' }))).toBe('dpop_method_mismatch');
    expect(await codeOf(check(dpop, { ...good, path: '/v1/auth/sessions/x' }))).toBe('dpop_url_mismatch');
    expect(await codeOf(check(dpop, good))).toBe('accepted');
    const refusals = (await house.events()).filter(({ type }) => type === 'session.refused');
    expect(refusals.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['dpop_proof_missing', 'dpop_key_mismatch', 'dpop_scheme_mismatch', 'dpop_url_mismatch']),
    );
    const mismatch = refusals.find(({ code }) => code === 'dpop_key_mismatch');
    expect(mismatch).toMatchObject({
      tenant: house.bank.tenant,
      outcome: 'refused',
      clause: 'RFC 9449 §4.3 item 12',
      client: 'bank-app',
      facts: { presented: 'dpop', method: SessionServiceService.listSessions.path },
    });
    expect(JSON.stringify(refusals)).not.toContain(accessToken);
    expect(id).not.toBe(other.session);
  });

  test('R24 · an unbound token under the scheme DPoP is refused too', async () => {
    const { accessToken } = await house.native();
    expect(await codeOf(check({ dpop: accessToken }, await own.listing(accessToken)))).toBe('dpop_scheme_mismatch');
    expect(await codeOf(check({ bearer: accessToken }))).toBe('accepted');
  });

  test('R24 · of 64 parallel uses of one proof over two replicas exactly one is accepted, in each of 5 rounds', async () => {
    const { accessToken } = await bound();
    for (let round = 0; round < 5; round++) {
      const proof = await own.listing(accessToken);
      const uses = Array.from({ length: 64 }, (_, n) => codeOf(check({ dpop: accessToken }, proof, n % 2)));
      const codes = await Promise.all(uses);
      expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
      expect(new Set(codes)).toEqual(new Set(['accepted', 'dpop_replayed']));
    }
  });

  test('R24 · a step-up gives a token that is bound as before', async () => {
    const subject = uuidv7();
    const opened = await house.native({ jkt: own.jkt, subject });
    const { tenant, acr, amr, authTime, credential: by, ceremonyStartedAt, policyVersion } = house.proof({ subject });
    const session = opened.session;
    const request = { tenant, session, subject, credential: by, acr, amr, authTime, ceremonyStartedAt, policyVersion };
    const raised = await house.as('verification').elevate(request, house.call());
    expect(raised.tokenType).toBe('DPoP');
    expect(claimsOf(raised.accessToken)).toMatchObject({ cnf: { jkt: own.jkt } });
  });

  test('R24 · introspection names the key, and takes the caller’s own bound token with a proof only', async () => {
    const { accessToken } = await bound();
    const plain = await house.introspect(accessToken);
    expect(plain).toMatchObject({ active: true, tokenType: 'DPoP', jkt: own.jkt });
    expect(await house.introspect((await house.native()).accessToken)).toMatchObject({ tokenType: 'Bearer', jkt: '' });
    const server = (await clientToken(await own.proof(...TOKEN_PATH))).accessToken;
    const path = SessionServiceService.introspect.path;
    const proof = await own.proof('POST', '/v1/oauth/introspect', { token: server });
    expect(await codeOf(check({ bearer: server }, undefined, 0, { method: path }))).toBe('dpop_scheme_mismatch');
    expect(await codeOf(check({ dpop: server }, proof, 0, { method: path }))).toBe('accepted');
    expect(await codeOf(check({ dpop: server }, proof, 1, { method: path }))).toBe('dpop_replayed');
  });

  test('R24 · a web session is not bound, but a token minted from its cookie is', async () => {
    const { cookie, csrfToken } = await house.establish();
    const method = SessionServiceService.mintAccessToken;
    const proof = await own.proof('POST', '/v1/auth/session/token');
    const safe = { method: method.path, csrfToken };
    const { callerToken } = await check({ cookie }, proof, 0, { ...safe, safe: true });
    const minted = await house.as('gateway').mintAccessToken({}, withToken(house.call(), callerToken));
    expect(minted.tokenType).toBe('DPoP');
    const token = minted.accessToken;
    expect(await codeOf(check({ bearer: token }))).toBe('dpop_scheme_mismatch');
    expect(await codeOf(check({ dpop: token }, await own.listing(token)))).toBe('accepted');
    expect(await codeOf(check({ cookie }, proof, 0, { ...safe, safe: true }))).toBe('dpop_replayed');
    await expect(house.establish({ jkt: own.jkt })).rejects.toMatchObject({ code: 'request_invalid' });
  });
});

describe('tokens of a server', () => {
  test('R24 · are bound to the key of the proof they were asked with, which costs one proof', async () => {
    const proof = await own.proof(...TOKEN_PATH);
    const { accessToken, tokenType } = await clientToken(proof);
    expect([tokenType, claimsOf(accessToken).cnf]).toEqual(['DPoP', { jkt: own.jkt }]);
    expect(await codeOf(clientToken(proof))).toBe('dpop_replayed');
    expect((await clientToken(undefined)).tokenType).toBe('Bearer');
  });

  test('R24 · RFC 9449 §5 · a proof that is refused leaves the client’s assertion unspent and gives no token', async () => {
    const wrong = { ...(await own.proof('GET', '/v1/oauth/token')), method: 'POST' };
    expect(await codeOf(clientToken(wrong))).toBe('dpop_method_mismatch');
    expect(await house.lastEvent('session.refused')).toMatchObject({
      code: 'dpop_method_mismatch',
      client: 'bank-server',
      facts: { presented: 'proof', method: SessionServiceService.clientToken.path },
    });
    expect(await codeOf(clientToken(await own.proof(...TOKEN_PATH), 'nobody'))).toBe('client_refused');
  });
});

const refresh = async (refreshToken: string, by: KeyHolder | undefined, replica = 0) =>
  house
    .as('gateway', replica)
    .refresh({ clientId: 'bank-app', refreshToken, proof: by && (await by.proof(...TOKEN_PATH)) }, house.call());

describe('a refresh token that is bound to a key', () => {
  test('R24 · is exchanged by that key only, and what others try costs the session nothing', async () => {
    const { refreshToken } = await bound();
    expect(await codeOf(refresh(refreshToken, undefined))).toBe('dpop_proof_missing');
    expect(await codeOf(refresh(refreshToken, thief))).toBe('dpop_key_mismatch');
    const next = await refresh(refreshToken, own, 1);
    expect(next.tokenType).toBe('DPoP');
    expect(claimsOf(next.accessToken)).toMatchObject({ cnf: { jkt: own.jkt } });
  });

  test('R6 · a client that lost the answer gets the same successor again, on any replica; the row shows nobody a token', async () => {
    const { refreshToken, session: id } = await bound();
    const first = await refresh(refreshToken, own);
    const again = await refresh(refreshToken, own, 1);
    expect(again.refreshToken).toBe(first.refreshToken);
    expect(await codeOf(check({ dpop: again.accessToken }, await own.listing(again.accessToken)))).toBe('accepted');
    const [row] = await admin<{ successor: Buffer }>('select successor from session.session where id = $1', [id]);
    expect(row!.successor.toString('latin1')).not.toContain('csr1');
    expect((await refresh(first.refreshToken, own)).refreshToken).not.toBe(first.refreshToken);
  });

  test('R6 · of 64 parallel refreshes with the same key one rotates, and all get the same successor, in each of 5 rounds', async () => {
    const opened = await bound();
    let { refreshToken } = opened;
    for (let round = 1; round <= 5; round++) {
      const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => refresh(refreshToken, own, n % 2)));
      expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
      const [row] = await admin<{ refreshed: number }>('select refreshed from session.session where id = $1', [
        opened.session,
      ]);
      expect(row).toEqual({ refreshed: round });
      refreshToken = answers[0]!.refreshToken;
    }
  });

  const later = (id: string, seconds: number) =>
    admin('update session.session set replaced_at = now() - make_interval(secs => $1) where id = $2', [seconds, id]);

  test.each([
    ['after ten seconds', () => own, 11],
    ['with another key', () => thief, 0],
    ['without a proof', () => undefined, 0],
  ])('R6 · presented again %s it ends the family', async (_, by, seconds) => {
    const { refreshToken, session: id } = await bound();
    const next = await refresh(refreshToken, own);
    if (seconds > 0) await later(id, seconds);
    expect(await codeOf(refresh(refreshToken, by()))).toBe('refresh_refused');
    expect(await codeOf(refresh(next.refreshToken, own))).toBe('refresh_refused');
    const token = next.accessToken;
    expect(await codeOf(check({ dpop: token }, await own.listing(token)))).toBe('session_ended');
    expect(await house.lastEvent('refresh.reused')).toMatchObject({ session: id });
  });

  test('R6 · within ten seconds it is still the same answer, and two steps back is reuse at any time', async () => {
    const { refreshToken, session: id } = await bound();
    const second = await refresh(refreshToken, own);
    await later(id, 5);
    expect((await refresh(refreshToken, own)).refreshToken).toBe(second.refreshToken);
    await refresh(second.refreshToken, own);
    expect(await codeOf(refresh(refreshToken, own))).toBe('refresh_refused');
  });

  test('R6 · a bearer’s has no grace', async () => {
    const { refreshToken } = await house.native();
    await refresh(refreshToken, undefined);
    expect(await codeOf(refresh(refreshToken, undefined))).toBe('refresh_refused');
  });

  test('R24 · an unbound session takes the key of its first refresh that brings one; its bearer tokens end there', async () => {
    const { refreshToken, accessToken } = await house.native();
    const next = await refresh(refreshToken, own);
    expect(next.tokenType).toBe('DPoP');
    expect(await codeOf(check({ bearer: accessToken }))).toBe('token_invalid');
    expect(await house.introspect(accessToken)).toMatchObject({ active: false });
    expect(await codeOf(refresh(next.refreshToken, undefined))).toBe('dpop_proof_missing');
    expect(await codeOf(refresh(next.refreshToken, own))).toBe('accepted');
  });

  test('R24 · a replica of before keys existed rotates for none', async () => {
    const outcomeOf = async (refreshToken: string): Promise<string> => {
      const bytes = Buffer.from(refreshToken.slice(5), 'base64url');
      const [id, family, secret] = [bytes.subarray(16, 32), bytes.subarray(32, 48), bytes.subarray(48)];
      const [row] = await admin<{ outcome: string }>(
        `select outcome from session.session_rotate($1, encode($2, 'hex')::uuid, 'bank-app', sha256($3), sha256($4), sha256('next'), 300, 43200)`,
        [house.bank.tenant, id, family, secret],
      );
      return row!.outcome;
    };
    expect(await outcomeOf((await bound()).refreshToken)).toBe('ended');
    expect(await outcomeOf((await house.native()).refreshToken)).toBe('rotated');
  });

  test('R24 · is taken back with its key only', async () => {
    const opened = await bound();
    const revoke = async (token: string, by: KeyHolder | undefined) =>
      house.as('gateway').revoke(
        {
          clientId: 'bank-app',
          token,
          clientSecret: '',
          assertion: '',
          proof: by && (await by.proof('POST', '/v1/oauth/revoke')),
        },
        house.call(),
      );
    for (const token of [opened.refreshToken, opened.accessToken]) {
      expect(await codeOf(revoke(token, undefined))).toBe('dpop_proof_missing');
      expect(await codeOf(revoke(token, thief))).toBe('dpop_key_mismatch');
    }
    const { accessToken } = opened;
    expect(await codeOf(check({ dpop: accessToken }, await own.listing(accessToken)))).toBe('accepted');
    await revoke(opened.refreshToken, own);
    expect(await codeOf(check({ dpop: accessToken }, await own.listing(accessToken)))).toBe('session_ended');
  });
});

describe('policy', () => {
  const REQUIRED = { dpop: { web: 'required', native: 'required', server: 'required' } };

  test('R24 · that requires bound tokens lets none be issued or used without a key', async () => {
    const { tenant } = await house.tenant(described('strict', REQUIRED));
    const native = { tenant, clientId: 'strict-app' };
    expect(await codeOf(house.native(native))).toBe('dpop_proof_missing');
    const opened = await house.native({ ...native, jkt: own.jkt });
    expect(await codeOf(clientToken(undefined, 'strict-server'))).toBe('dpop_proof_missing');
    expect(await codeOf(clientToken(await own.proof(...TOKEN_PATH), 'strict-server'))).toBe('accepted');
    const { cookie } = await house.establish({ tenant, clientId: 'strict-web' });
    const minting = { method: SessionServiceService.mintAccessToken.path };
    expect(await codeOf(check({ cookie }, undefined, 0, minting))).toBe('dpop_proof_missing');
    expect(await codeOf(check({ cookie }))).toBe('accepted');
    await house.installation.tenant({ ...described('strict', {}), tenant });
    const loose = await (async () => {
      await house.until(async () => (await codeOf(house.native(native))) === 'accepted');
      return house.native(native);
    })();
    await house.installation.tenant({ ...described('strict', REQUIRED), tenant });
    await house.until(async () => (await codeOf(check({ bearer: loose.accessToken }))) === 'dpop_proof_missing');
    expect(await codeOf(check({ dpop: opened.accessToken }, await own.listing(opened.accessToken)))).toBe('accepted');
  });

  test('R24 · CheckProof tells verification whose key it is, before a sign-in costs anything', async () => {
    const { tenant } = await house.tenant(described('asking', REQUIRED));
    const method = '/countersign.verification.v1.VerificationService/CompleteAuthentication';
    const ask = (proof: common.DpopProof | undefined, changes: Partial<session.CheckProofRequest> = {}) =>
      house.as('verification').checkProof({ tenant, clientId: 'asking-app', method, proof, ...changes }, house.call());
    const proof = await own.proof('POST', '/v1/passkey/authenticate/verify');
    expect(await ask(proof)).toEqual({ jkt: own.jkt, dpopNonce: '' });
    expect(await codeOf(ask(proof))).toBe('dpop_replayed');
    expect(await codeOf(ask(undefined))).toBe('dpop_proof_missing');
    const elsewhere = await own.proof('POST', '/v1/passkey/authenticate/options');
    expect(await codeOf(ask(elsewhere))).toBe('dpop_url_mismatch');
    expect(await ask(undefined, { tenant: house.bank.tenant, clientId: 'bank-app' })).toEqual({
      jkt: '',
      dpopNonce: '',
    });
    expect(await codeOf(ask(undefined, { tenant: house.bank.tenant }))).toBe('request_invalid');
  });
});

/** What a crash of the database leaves of tables that are not logged: nothing. */
const crash = (): Promise<unknown[]> => admin('truncate session.dpop_proof, session.dpop_memory, session.dpop_nonce');

/** The clock by which nonces change, seconds. */
const SLOT = 180;

describe('nonces', () => {
  let accessToken: string;
  beforeAll(async () => {
    const { tenant } = await house.tenant(described('fresh', { dpop: { nonce: 'required' } }));
    ({ accessToken } = await house.native({ tenant, clientId: 'fresh-app', jkt: own.jkt }));
  });

  // What is compared here is of one slot: a test that would run into the next one waits for it.
  beforeEach(async () => {
    const left = SLOT - ((Date.now() / 1000) % SLOT);
    if (left < 10) await sleep(left * 1000 + 100);
  });

  const listed = async (nonce?: string, replica = 0) =>
    check({ dpop: accessToken }, await own.listing(accessToken, nonce === undefined ? {} : { nonce }), replica);
  const nonceOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'accepted',
      (error: unknown) => {
        if (!isRefusal(error) || error.code !== 'dpop_nonce_required') throw error;
        return error.details.dpopNonce!;
      },
    );
  /** Makes what was given out last one slot older. */
  const age = async (): Promise<void> => {
    await admin('delete from session.dpop_nonce where slot < (select max(slot) from session.dpop_nonce)');
    await admin('update session.dpop_nonce set slot = slot - 1');
  };

  test('R24 · RFC 9449 §8 · one is asked for, comes with the refusal, and is good on every replica', async () => {
    const nonce = await nonceOf(listed());
    expect(nonce).toMatch(/^[\w-]{22}$/);
    expect((await listed(nonce, 1)).dpopNonce).toBe(nonce);
    expect(await nonceOf(listed('AAAAAAAAAAAAAAAAAAAAAA'))).toBe(nonce);
    expect(await nonceOf(listed('?!'))).toBe(nonce);
  });

  test('R24 · the one before is accepted and replaced, the one before that is not', async () => {
    const nonce = await nonceOf(listed());
    await age();
    const { dpopNonce } = await listed(nonce, 1);
    expect(dpopNonce).not.toBe(nonce);
    await age();
    expect(await nonceOf(listed(nonce))).not.toBe(nonce);
    expect(await codeOf(listed(dpopNonce))).toBe('accepted');
  });

  test('R24 · another tenant’s is none, and one that was volunteered is held to', async () => {
    const nonce = await nonceOf(listed());
    const { accessToken: elsewhere } = await bound();
    const proof = await own.listing(elsewhere, { nonce });
    const other = await nonceOf(check({ dpop: elsewhere }, proof));
    expect(other).not.toBe(nonce);
    const answer = await check({ dpop: elsewhere }, await own.listing(elsewhere, { nonce: other }));
    expect(answer.dpopNonce).toBe(other);
  });

  test('R24 · a crash that forgets spent proofs voids every nonce, and proofs without one from before it', async () => {
    const nonce = await nonceOf(listed());
    const [{ accessToken: plain }, spentWithNonce] = [await bound(), await own.listing(accessToken, { nonce })];
    const spentPlain = await own.listing(plain);
    expect(await codeOf(check({ dpop: accessToken }, spentWithNonce))).toBe('accepted');
    expect(await codeOf(check({ dpop: plain }, spentPlain))).toBe('accepted');
    await crash();
    const fresh = await nonceOf(check({ dpop: accessToken }, spentWithNonce, 1));
    expect(fresh).not.toBe(nonce);
    const asked = await nonceOf(check({ dpop: plain }, spentPlain, 1));
    expect(await codeOf(check({ dpop: plain }, await own.listing(plain, { nonce: asked })))).toBe('accepted');
    expect(await codeOf(listed(fresh))).toBe('accepted');
    await admin("update session.dpop_memory set since = now() - interval '10 seconds'");
    expect(await codeOf(check({ dpop: plain }, await own.listing(plain)))).toBe('accepted');
  });

  test('R24 · after a crash too exactly one of 64 over two replicas wins', async () => {
    await crash();
    const nonce = await nonceOf(listed());
    const proof = await own.listing(accessToken, { nonce });
    const uses = Array.from({ length: 64 }, (_, n) => codeOf(check({ dpop: accessToken }, proof, n % 2)));
    expect((await Promise.all(uses)).filter((code) => code === 'accepted')).toHaveLength(1);
  });
});

describe('the memory of spent proofs', () => {
  test('forgets what nobody accepts any more, and nothing else', async () => {
    const insert = 'insert into session.dpop_proof (bucket, spent, tenant) values ($1, $2, $3)';
    for (const bucket of [0, 1, 2, 3]) await admin(insert, [bucket, Buffer.from(`old ${bucket}`), house.bank.tenant]);
    const slots = 'insert into session.dpop_nonce (slot, secret) values ($1, $2) on conflict do nothing';
    const slot = Math.floor(Date.now() / 1000 / SLOT);
    for (const back of [0, 1, 2, 3]) await admin(slots, [slot - back, Buffer.alloc(32)]);
    const before = Math.floor(Date.now() / 128_000);
    const database = house.installation.database.open('session');
    await Promise.all([sweepProofs(database), sweepProofs(database)]);
    const after = Math.floor(Date.now() / 128_000);
    const rows = await admin<{ bucket: number }>(
      "select bucket from session.dpop_proof where encode(spent, 'escape') like 'old %' order by 1",
    );
    const gone = [0, 1, 2, 3].filter((bucket) => !rows.some((row) => row.bucket === bucket));
    expect(gone).toHaveLength(1);
    expect([(before + 2) % 4, (after + 2) % 4]).toContain(gone[0]);
    const kept = await admin<{ slot: string }>('select slot::text from session.dpop_nonce where slot <= $1', [slot]);
    expect(kept.map((row) => Number(row.slot)).every((each) => each >= slot - 2)).toBe(true);
    expect(kept.length).toBeGreaterThanOrEqual(2);
  });

  test('is not logged, so that a spent proof waits for no disk', async () => {
    const tables = await admin<{ relname: string }>(
      `select relname from pg_class where relnamespace = 'session'::regnamespace and relname like 'dpop%'
         and relkind = 'r' and relpersistence <> 'u'`,
    );
    expect(tables).toEqual([]);
  });
});
