import { useCallback, useEffect, useRef, useState } from 'react';
import { useSession } from './session.js';
import { lacksSession } from './use-action.js';

export interface LoadState<T> {
  data: T | undefined;
  error: unknown;
  reload: () => Promise<void>;
}

/** Loads what a screen shows. While it reloads, what was there stays. */
export function useLoad<T>(load: () => Promise<T>): LoadState<T> {
  const { refresh } = useSession();
  const latest = useRef(load);
  const [state, setState] = useState<{ data?: T; error?: unknown }>({});
  latest.current = load;

  const reload = useCallback(async () => {
    try {
      const data = await latest.current();
      setState({ data });
    } catch (error) {
      setState((former) => ({ ...former, error }));
      if (lacksSession(error)) await refresh();
    }
  }, [refresh]);

  useEffect(() => void reload(), [reload]);
  return { data: state.data, error: state.error, reload };
}
