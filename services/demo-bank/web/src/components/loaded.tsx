import type { ReactNode } from 'react';
import type { LoadState } from '../state/use-load.js';
import { Loading } from './loading.js';
import { ProblemAlert } from './problem-alert.js';

/** Shows what was loaded, or that it is loading, or why it could not be. */
export function Loaded<T>({ state, children }: { state: LoadState<T>; children: (data: T) => ReactNode }) {
  const failed = state.error !== undefined && <ProblemAlert error={state.error} onRetry={() => void state.reload()} />;
  if (state.data === undefined) return failed || <Loading />;
  return (
    <>
      {failed}
      {children(state.data)}
    </>
  );
}
