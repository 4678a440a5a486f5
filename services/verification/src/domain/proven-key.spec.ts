import { describe, expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { beginAuthentication } from './begin-authentication.js';
import { completeAuthentication } from './complete-authentication.js';
import { CAUSE, ORIGIN, World, codeOf } from './fake-world.js';

const PROOF = { proof: 'proof', method: 'POST', path: '/v1/passkey/authenticate/verify' };

function worldOf(type: 'web' | 'native', bindsTokens = false): World {
  const world = new World({ bindsTokens });
  world.application = { ...world.application, type };
  return world;
}

async function signIn(world: World, proof?: typeof PROOF) {
  const credential = world.answer(await beginAuthentication(world, { clientId: 'web', userName: '' }, CAUSE), 'key');
  world.calls.length = 0;
  const request = { clientId: 'web', credential, origin: ORIGIN, proof };
  return { again: () => completeAuthentication(world, request, CAUSE) };
}

describe('the key that tokens of a sign-in are bound to', () => {
  test('R24 · is asked for first, and goes with the session', async () => {
    const world = worldOf('native');
    world.proven = { jkt: 'thumbprint', dpopNonce: 'next' };
    const signedIn = await (await signIn(world, PROOF)).again();
    expect(world.calls).toEqual(['checkProof proof', 'redeem', 'look up', 'judge', 'assess', 'establish']);
    expect(world.authentications[0]).toMatchObject({ jkt: 'thumbprint' });
    expect(signedIn.dpopNonce).toBe('next');
  });

  test('R24 · a proof that lacks a nonce costs the person nothing: the same answer is good with the next proof', async () => {
    const world = worldOf('native');
    world.proven = refuse('dpop_nonce_required', { dpopNonce: 'fresh' });
    const { again } = await signIn(world, PROOF);
    expect(await codeOf(again())).toBe('dpop_nonce_required');
    expect(world.calls).toEqual(['checkProof proof']);
    world.proven = { jkt: 'thumbprint', dpopNonce: 'fresh' };
    expect(await codeOf(again())).toBe('passed');
  });

  test('R24 · is asked for without a proof where policy binds tokens, and not elsewhere', async () => {
    const [strict, loose] = [worldOf('native', true), worldOf('native')];
    strict.proven = refuse('dpop_proof_missing');
    expect(await codeOf((await signIn(strict)).again())).toBe('dpop_proof_missing');
    expect(strict.calls).toEqual(['checkProof undefined']);
    await (await signIn(loose)).again();
    expect(loose.calls).not.toContain('checkProof undefined');
    expect(loose.authentications[0]).toMatchObject({ jkt: '' });
  });

  test('is nobody’s where the session is a cookie', async () => {
    const world = worldOf('web', true);
    await (await signIn(world, PROOF)).again();
    expect(world.calls).not.toContain('checkProof proof');
    expect(world.authentications[0]).toMatchObject({ jkt: '' });
  });
});
