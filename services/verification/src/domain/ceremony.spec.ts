import { describe, expect, test } from '@jest/globals';
import { openSignIn, openStepUp, sealSignIn, sealStepUp } from './ceremony.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const SESSION = '01890a5d-ac96-774b-bcce-b302099a8057';
const ACTION = { name: 'a'.repeat(64), hash: 'h'.repeat(43) };

describe('what a challenge is sealed with', () => {
  test('of a sign-in, to the byte', () => {
    expect(text(sealSignIn({ named: true, userVerification: 'required' }))).toBe('{"n":true,"u":"required"}');
    expect(openSignIn(sealSignIn({ named: false, userVerification: 'preferred' }))).toEqual({
      named: false,
      userVerification: 'preferred',
    });
  });

  test('of a step-up, to the byte, and with the longest action still within the 256 bytes a seal carries', () => {
    expect(text(sealStepUp({ session: SESSION }))).toBe(`{"s":"${SESSION}"}`);
    const sealed = sealStepUp({ session: SESSION, action: ACTION });
    expect(text(sealed)).toBe(`{"a":"${ACTION.name}","h":"${ACTION.hash}","s":"${SESSION}"}`);
    expect(sealed.length).toBeLessThanOrEqual(256);
    expect(openStepUp(sealed)).toEqual({ session: SESSION, action: ACTION });
  });

  test.each(['', 'null', '{}', '[]', '{"n":1,"u":"required"}', '{"n":true,"u":"never"}', '"x"'])(
    'what another version sealed is refused, not guessed at: %s',
    (written) => {
      for (const open of [openSignIn, openStepUp])
        expect(() => open(bytes(written))).toThrow(expect.objectContaining({ code: 'challenge_spent' }));
    },
  );
});
