import { CountersignProblem } from '@countersign/sdk-web';
import { useCallback, useRef, useState } from 'react';
import { BankProblem } from '../bank-problem.js';
import { useSession } from './session.js';

export interface ActionState {
  /** Runs one act; a second one is ignored until the first has ended. */
  run: (act: () => Promise<void>) => Promise<void>;
  pending: boolean;
  /** What the last act failed with. */
  error: unknown;
  clear: () => void;
}

/** One thing a person can do on a screen: running, failed or ready. */
export function useAction(): ActionState {
  const { refresh } = useSession();
  const [state, setState] = useState<{ pending: boolean; error?: unknown }>({ pending: false });
  const busy = useRef(false);

  const run = useCallback(
    async (act: () => Promise<void>) => {
      if (busy.current) return;
      busy.current = true;
      setState({ pending: true });
      const error = await act().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      busy.current = false;
      setState({ pending: false, error });
      if (lacksSession(error)) await refresh();
    },
    [refresh],
  );
  const clear = useCallback(() => setState({ pending: false }), []);
  return { run, clear, pending: state.pending, error: state.error };
}

/** A 401 may mean that the session is over; the platform is asked, and a refused passkey changes nothing. */
export const lacksSession = (error: unknown): boolean =>
  (error instanceof CountersignProblem || error instanceof BankProblem) && error.status === 401;
