import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { withToken } from '@countersign/platform';
import fc from 'fast-check';
import { House, ORIGIN, SessionServiceService, checkRequest, claimsOf, headerOf } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

/** Moves a session's times into the past, as a superuser. */
const age = (session: string, column: 'created_at' | 'last_active_at', seconds: number): Promise<unknown> =>
  withClient(house.installation.database.adminUrl, (admin) =>
    admin.query(`update session.session set ${column} = now() - make_interval(secs => $1) where id = $2`, [
      seconds,
      session,
    ]),
  );

describe('Check', () => {
  test('BCB-9.caller · answers a bearer token with a caller token for one method and 30 seconds', async () => {
    const subject = uuidv7();
    const { accessToken, session } = await house.native({ subject });
    const call = house.call();
    const answer = await house.as('gateway').check(checkRequest({ bearer: accessToken }), call);
    expect(answer).toMatchObject({ tenant: house.bank.tenant, subject, clientId: 'bank-app' });
    expect(headerOf(answer.callerToken)).toMatchObject({ typ: 'txntoken+jwt', kid: 'file:caller/1' });
    const claims = claimsOf(answer.callerToken);
    expect(claims).toMatchObject({
      iss: 'countersign-session',
      aud: SessionServiceService.listSessions.path,
      tenant: house.bank.tenant,
      client_id: 'bank-app',
      sub: subject,
      pseudonym: 'p_someone',
      sid: session,
      acr: 'phr',
      scope: '',
      txn: call.requestId,
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(30);
  });

  test('answers a cookie and a server’s token likewise, on either replica', async () => {
    const { cookie } = await house.establish();
    expect((await house.check({ cookie }, {}, 1)).clientId).toBe('bank-web');
    const bearer = await house.serverToken('subjects:read introspect');
    const answer = await house.check({ bearer }, { requiredScope: 'introspect' }, 1);
    expect(answer).toMatchObject({ subject: '', clientId: 'bank-server' });
    expect(claimsOf(answer.callerToken)).toMatchObject({ scope: 'subjects:read introspect' });
  });

  test('R28 · a caller token serves no other method, no other service, and is dead after 30 seconds', async () => {
    const { accessToken } = await house.native();
    const { client, call } = await house.acting({ bearer: accessToken }, SessionServiceService.listSessions);
    await expect(client.listSessions({}, call)).resolves.toBeDefined();
    await expect(client.signOut({}, call)).rejects.toMatchObject({ code: 'caller_token_refused' });
    await expect(client.listSessions({}, house.call())).rejects.toMatchObject({ code: 'caller_token_refused' });
    const elsewhere = '/countersign.audit.v1.AuditService/Activity';
    const { callerToken } = await house.check({ bearer: accessToken }, { method: elsewhere });
    await expect(client.listSessions({}, withToken(house.call(), callerToken))).rejects.toMatchObject({
      code: 'caller_token_refused',
    });
    await expect(client.listSessions({}, withToken(house.call(), accessToken))).rejects.toMatchObject({
      code: 'caller_token_refused',
    });
    const original = Date.now;
    const now = Date.now() + 30_000;
    const DateThen = class extends Date {
      constructor(...given: [] | [number]) {
        super(...((given.length === 0 ? [now] : given) as [number]));
      }
    };
    const before = globalThis.Date;
    globalThis.Date = DateThen as DateConstructor;
    try {
      await expect(client.listSessions({}, { ...call, deadline: original() + 60_000 })).rejects.toMatchObject({
        code: 'caller_token_refused',
      });
    } finally {
      globalThis.Date = before;
    }
    await house.until(async () => (await house.lastEvent('call.refused'))?.code === 'caller_token_refused');
  });

  test.each([
    ['nothing', undefined, 'session_unknown'],
    ['an empty cookie', { cookie: '' }, 'session_unknown'],
    ['a cookie nobody made', { cookie: `csc1.${randomBytes(64).toString('base64url')}` }, 'session_unknown'],
    ['an empty token', { bearer: '' }, 'token_invalid'],
    ['a token nobody signed', { bearer: 'e30.e30.e30' }, 'token_invalid'],
  ])('refuses %s', async (_, presented, code) => {
    expect(await codeOf(house.check(presented))).toBe(code);
  });

  test('refuses the cookie of a session with another secret, and records it', async () => {
    const { cookie } = await house.establish();
    const bytes = Buffer.from(cookie.slice(5), 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    expect(await codeOf(house.check({ cookie: `csc1.${bytes.toString('base64url')}` }))).toBe('session_unknown');
    expect(await house.lastEvent('session.refused')).toMatchObject({
      tenant: house.bank.tenant,
      outcome: 'refused',
      code: 'session_unknown',
      facts: { presented: 'cookie', method: SessionServiceService.listSessions.path },
    });
  });

  test('refuses a session that was idle or open for too long, by the clock of the database', async () => {
    // One each: a check that was accepted is written down a moment later, and would make the other young again.
    const [recent, idle] = [await house.establish(), await house.establish()];
    await age(recent.session, 'last_active_at', 290);
    expect(await codeOf(house.check({ cookie: recent.cookie }))).toBe('accepted');
    await age(idle.session, 'last_active_at', 301);
    expect(await codeOf(house.check({ cookie: idle.cookie }))).toBe('session_ended');
    const old = await house.native();
    await age(old.session, 'created_at', 43_201);
    expect(await codeOf(house.check({ bearer: old.accessToken }))).toBe('session_ended');
    expect(await house.lastEvent('session.refused')).toMatchObject({ facts: { state: 'expired' } });
  });

  test('refuses a cookie’s unsafe request without its anti-CSRF value and origin', async () => {
    const { cookie, csrfToken } = await house.establish();
    const unsafe = { safe: false, csrfToken };
    const origin = { origin: ORIGIN, address: '', userAgent: '', platform: '' };
    expect(await codeOf(house.check({ cookie }, unsafe))).toBe('accepted');
    expect(await codeOf(house.check({ cookie }, { safe: false }))).toBe('csrf_refused');
    const foreign = (await house.establish()).csrfToken;
    expect(await codeOf(house.check({ cookie }, { ...unsafe, csrfToken: foreign }))).toBe('csrf_refused');
    for (const wrong of ['', 'null', `${ORIGIN}/`, 'https://bank.example.evil', 'http://bank.example', undefined]) {
      const from = wrong === undefined ? undefined : { ...origin, origin: wrong };
      expect(await codeOf(house.check({ cookie }, { ...unsafe, origin: from }))).toBe('csrf_refused');
    }
    expect(await house.lastEvent('session.refused')).toMatchObject({ code: 'csrf_refused', subject: 'p_someone' });
  });

  test('refuses a scope the token lacks, and any scope for a person', async () => {
    const bearer = await house.serverToken('introspect');
    const requiredScope = 'subjects:write';
    expect(await codeOf(house.check({ bearer }, { requiredScope }))).toBe('scope_missing');
    const { accessToken } = await house.native();
    expect(await codeOf(house.check({ bearer: accessToken }, { requiredScope }))).toBe('scope_missing');
  });

  test('refuses the tokens of an application that is gone, and scopes it has lost', async () => {
    const bank = { slug: 'shrinking', policy: {} };
    const server = {
      clientId: 's-server',
      type: 'server' as const,
      origins: [],
      secretHash: house.bank.applications[2]!.secretHash!,
    };
    const app = { clientId: 's-app', type: 'native' as const, origins: [] };
    const { tenant } = await house.tenant({
      ...bank,
      applications: [{ ...server, scopes: ['introspect', 'audit:read'] }, app],
    });
    const { accessToken } = await house.native({ tenant, clientId: 's-app' });
    const credential = { $case: 'clientSecret', value: 'secret of the bank server, 256 random bits in life' } as const;
    const request = { tenant: '', clientId: 's-server', credential, scope: '', proof: undefined };
    const bearer = (await house.as('gateway').clientToken(request, house.call())).accessToken;
    expect(await codeOf(house.check({ bearer }, { requiredScope: 'audit:read' }))).toBe('accepted');
    await house.installation.tenant({ ...bank, tenant, applications: [{ ...server, scopes: ['introspect'] }] });
    await house.until(async () => (await codeOf(house.check({ bearer: accessToken }))) === 'token_invalid');
    expect(await codeOf(house.check({ bearer }, { requiredScope: 'audit:read' }))).toBe('scope_missing');
    expect(await codeOf(house.check({ bearer }, { requiredScope: 'introspect' }))).toBe('accepted');
  });

  test('an access token minted from a cookie does not mint the next one', async () => {
    const { cookie } = await house.establish();
    const method = SessionServiceService.mintAccessToken;
    const { client, call } = await house.acting({ cookie }, method);
    const { accessToken } = await client.mintAccessToken({}, call);
    expect(await codeOf(house.check({ bearer: accessToken }))).toBe('accepted');
    expect(await codeOf(house.check({ bearer: accessToken }, { method: method.path }))).toBe('scope_missing');
  });

  test('whatever the bytes presented, the answer is a refusal and never a crash', async () => {
    const { accessToken, cookie } = await house
      .native()
      .then(async (app) => ({ ...app, ...(await house.establish()), accessToken: app.accessToken }));
    const text = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.base64String().map((noise) => `csc1.${noise}`),
      fc
        .uint8Array({ minLength: 64, maxLength: 64 })
        .map((bytes) => `csc1.${Buffer.from(bytes).toString('base64url')}`),
      fc.nat(accessToken.length - 1).map((at) => accessToken.slice(0, at)),
      fc.nat(cookie.length - 1).map((at) => cookie.slice(0, at)),
      fc.jsonValue().map((value) => `e30.${Buffer.from(JSON.stringify(value)).toString('base64url')}.AA`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (noise) => {
        expect(['session_unknown', 'token_invalid']).toContain(await codeOf(house.check({ bearer: noise })));
        expect(await codeOf(house.check({ cookie: noise }))).toBe('session_unknown');
      }),
      { numRuns: 150 },
    );
  });

  /** Past connections of the pool that were ended and have not heard of it yet. */
  const reconnected = async (ask: () => Promise<unknown>): Promise<string> => {
    for (;;) {
      const code = await codeOf(ask());
      if (code !== 'unavailable') return code;
    }
  };

  test('R20 · writes nothing, nor does introspection: both work on connections that cannot write', async () => {
    const { accessToken } = await house.native();
    const { cookie } = await house.establish();
    const server = await house.serverToken('introspect');
    const { client, call } = await house.acting({ bearer: server }, SessionServiceService.introspect);
    const name = house.installation.database.name;
    const admin = house.installation.database.adminUrl;
    // Waits until they are gone, so that the pools have heard of it before anybody asks them for one.
    const end = `select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'cs_session' and datname = '${name}'`;
    await withClient(admin, async (pg) => {
      await pg.query(`alter role cs_session in database ${name} set default_transaction_read_only = on`);
      await pg.query(end);
    });
    try {
      expect(await reconnected(() => house.establish())).toBe('internal');
      expect(await reconnected(() => house.check({ bearer: accessToken }))).toBe('accepted');
      expect(await reconnected(() => house.check({ cookie }))).toBe('accepted');
      expect(await client.introspect({ token: accessToken, action: '' }, call)).toMatchObject({ active: true });
      expect(await client.introspect({ token: 'nonsense', action: '' }, call)).toMatchObject({ active: false });
    } finally {
      await withClient(admin, async (pg) => {
        await pg.query(`alter role cs_session in database ${name} reset default_transaction_read_only`);
        await pg.query(end);
      });
    }
  });

  test('being used moves “last active”, by a write of its own and at most once a minute', async () => {
    const { cookie, session } = await house.establish();
    await age(session, 'last_active_at', 200);
    const lastActive = (): Promise<number> =>
      withClient(house.installation.database.adminUrl, async (admin) => {
        const { rows } = await admin.query<{ last_active_at: Date }>(
          'select last_active_at from session.session where id = $1',
          [session],
        );
        return rows[0]!.last_active_at.getTime();
      });
    const before = await lastActive();
    await house.check({ cookie });
    await house.until(async () => (await lastActive()) > before + 150_000);
    const after = await lastActive();
    await house.check({ cookie });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await lastActive()).toBe(after);
  });
});
