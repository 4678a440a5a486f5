import { CountersignProblem } from '@countersign/sdk-web';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useServices } from '../state/services.js';
import { useSession } from '../state/session.js';
import { useAction } from '../state/use-action.js';

/**
 * Both ways to sign in on one screen. A browser allows one passkey request at a time: the autofill's offer waits in the
 * background, is withdrawn when the button is pressed, and is made again when that came to nothing.
 */
export function usePasskeySignIn(autofill: boolean) {
  const { countersign } = useServices();
  const { refresh } = useSession();
  const { run, pending, error } = useAction();
  const [autofillError, setAutofillError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const offer = useRef<AbortController>(undefined);

  useEffect(() => {
    if (!autofill) return;
    const controller = new AbortController();
    offer.current = controller;
    countersign
      .signInWithAutofill(controller.signal)
      .then(refresh)
      .catch((reason: unknown) => {
        if (controller.signal.aborted) return;
        setAutofillError(reason);
        if (isWorthAnotherOffer(reason)) setRound((former) => former + 1);
      });
    return () => controller.abort();
  }, [autofill, countersign, refresh, round]);

  const start = useCallback(
    async (userName: string | undefined) => {
      offer.current?.abort();
      setAutofillError(undefined);
      await run(async () => {
        await countersign.signIn(userName === undefined ? {} : { userName });
        await refresh();
      });
      setRound((former) => former + 1);
    },
    [countersign, refresh, run],
  );
  return { start, pending, error: error ?? autofillError };
}

/** A passkey that was refused may be followed by another; a missing connection would only be asked again for ever. */
const isWorthAnotherOffer = (error: unknown): boolean =>
  error instanceof CountersignProblem && (error.code === 'ceremony_cancelled' || error.status === 401);
