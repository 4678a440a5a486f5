import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRefusal } from '@countersign/kernel';
import { House, claimsOf } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const refresh = (refreshToken: string, replica = 0, clientId = 'bank-app') =>
  house.as('gateway', replica).refresh({ clientId, refreshToken, proof: undefined }, house.call());

const isLive = (bearer: string): Promise<boolean> =>
  house.check({ bearer }).then(
    () => true,
    (error: unknown) => {
      if (isRefusal(error) && error.code === 'session_ended') return false;
      throw error;
    },
  );

describe('a refresh token', () => {
  test('R5 · is exchanged for its successor and an access token of the same session, on any replica', async () => {
    const opened = await house.native();
    const next = await refresh(opened.refreshToken, 1);
    expect(next.refreshToken).not.toBe(opened.refreshToken);
    expect(claimsOf(next.accessToken)).toMatchObject({ sid: opened.session, client_id: 'bank-app', acr: 'phr' });
    expect(await isLive(next.accessToken)).toBe(true);
    await expect(refresh(next.refreshToken)).resolves.toBeDefined();
  });

  test('R5 · presented a second time ends the session with everything it gave out', async () => {
    const opened = await house.native();
    const next = await refresh(opened.refreshToken);
    await expect(refresh(opened.refreshToken)).rejects.toMatchObject({ code: 'refresh_refused' });
    await expect(refresh(next.refreshToken)).rejects.toMatchObject({ code: 'refresh_refused' });
    expect(await isLive(next.accessToken)).toBe(false);
    const reused = await house.lastEvent('refresh.reused');
    expect(reused).toMatchObject({ session: opened.session, outcome: 'refused', subject: 'p_someone' });
    const ended = await house.lastEvent('session.ended');
    expect(ended).toMatchObject({ session: opened.session, facts: { reason: 'refresh_reused' } });
  });

  test('R5 · of 64 parallel presentations on two replicas exactly one wins, and the family is dead, in each of 10 rounds', async () => {
    for (let round = 0; round < 10; round++) {
      const { refreshToken, accessToken, session } = await house.native();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 64 }, (_, index) => refresh(refreshToken, index % 2)),
      );
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(won).toHaveLength(1);
      expect(new Set(lost.map(({ reason }) => (reason as { code: string }).code))).toEqual(
        new Set(['refresh_refused']),
      );
      expect(await isLive(accessToken)).toBe(false);
      await expect(refresh(won[0]!.value.refreshToken)).rejects.toMatchObject({ code: 'refresh_refused' });
      const events = (await house.events()).filter((event) => event.session === session);
      expect(events.filter(({ type }) => type === 'refresh.reused')).toHaveLength(1);
      expect(events.filter(({ type }) => type === 'session.ended')).toHaveLength(1);
    }
  });

  test('made up by someone who knows tenant and session is refused, and the session lives on', async () => {
    const { refreshToken, accessToken } = await house.native();
    const bytes = Buffer.from(refreshToken.slice(5), 'base64url');
    for (const at of [40, 60]) bytes[at]! ^= 1;
    const invented = `csr1.${bytes.toString('base64url')}`;
    await expect(refresh(invented)).rejects.toMatchObject({ code: 'refresh_refused' });
    expect(await isLive(accessToken)).toBe(true);
    await expect(refresh(refreshToken)).resolves.toBeDefined();
  });

  test.each([
    ['another application', 'bank-web'],
    ['a server', 'bank-server'],
    ['nobody', 'unknown'],
  ])('presented by %s is refused, and stays good for its own', async (_, clientId) => {
    const { refreshToken } = await house.native();
    await expect(refresh(refreshToken, 0, clientId)).rejects.toMatchObject({ code: 'refresh_refused' });
    await expect(refresh(refreshToken)).resolves.toBeDefined();
  });

  test.each(['', 'csr1.', 'x'.repeat(10_000), `csr1.${'A'.repeat(107)}`])('that is none is refused', async (text) => {
    await expect(refresh(text)).rejects.toMatchObject({ code: 'refresh_refused' });
  });
});
