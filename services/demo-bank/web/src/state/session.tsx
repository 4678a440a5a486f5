import type { Session } from '@countersign/sdk-web';
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useAnnounce } from './announcer.js';
import { useServices } from './services.js';

type State =
  { status: 'loading' | 'signed-out' | 'unreachable'; session?: undefined } | { status: 'signed-in'; session: Session };

type SessionContextValue = State & {
  /** Asks the platform again: after a sign-in or sign-out, and whenever a call was refused for lack of a session. */
  refresh: () => Promise<void>;
};

const SessionContext = createContext<SessionContextValue | undefined>(undefined);

export function useSession(): SessionContextValue {
  const value = useContext(SessionContext);
  if (!value) throw new Error('no session around this component');
  return value;
}

/** Who is signed in, as the platform says; the page itself keeps nothing. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const { countersign } = useServices();
  const announce = useAnnounce();
  const [state, setState] = useState<State>({ status: 'loading' });

  const refresh = useCallback(async () => {
    const next = await readState(() => countersign.session());
    setState((former) => {
      if (former.status === 'signed-in' && next.status === 'signed-out') announce('You are signed out.');
      return next;
    });
  }, [countersign, announce]);

  useEffect(() => void refresh(), [refresh]);
  const value = useMemo(() => ({ ...state, refresh }), [state, refresh]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

async function readState(read: () => Promise<Session | undefined>): Promise<State> {
  try {
    const session = await read();
    return session ? { status: 'signed-in', session } : { status: 'signed-out' };
  } catch {
    return { status: 'unreachable' };
  }
}
