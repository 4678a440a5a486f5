import { CountersignProblem } from '@countersign/sdk-web';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useServices } from '../state/services.js';
import { useSession } from '../state/session.js';
import { useAction } from '../state/use-action.js';

/**
 * Both ways to sign in on one screen. A browser allows one passkey request at a time: the autofill's offer waits in the
 * background, and is withdrawn when the button is pressed.
 *
 * @returns `offer` makes the offer again when it came to nothing; call it when the field gets the focus
 */
export function usePasskeySignIn(autofill: boolean) {
  const { countersign } = useServices();
  const { refresh } = useSession();
  const { run, pending, error } = useAction();
  const [refusal, setRefusal] = useState<unknown>();
  const waiting = useRef<AbortController>(undefined);
  const started = useRef(false);

  const withdraw = useCallback(() => {
    waiting.current?.abort();
    waiting.current = undefined;
  }, []);

  const offer = useCallback(() => {
    if (!autofill || waiting.current || started.current) return;
    const controller = new AbortController();
    waiting.current = controller;
    countersign
      .signInWithAutofill(controller.signal)
      .then(refresh)
      .catch((reason: unknown) => {
        if (waiting.current === controller) waiting.current = undefined;
        if (isRefusal(reason)) setRefusal(reason);
      });
  }, [autofill, countersign, refresh]);

  useEffect(() => {
    offer();
    return withdraw;
  }, [offer, withdraw]);

  const start = async (userName: string | undefined) => {
    withdraw();
    setRefusal(undefined);
    // Who presses the button before the browser has said what it can do must not get an offer on top.
    started.current = true;
    await run(async () => {
      await countersign.signIn(userName === undefined ? {} : { userName });
      await refresh();
    });
    started.current = false;
  };
  return { start, offer, pending, error: error ?? refusal };
}

/** The person hears of a passkey that was picked and refused; an offer that nobody took is no news. */
const isRefusal = (error: unknown): boolean => error instanceof CountersignProblem && error.status > 0;
