import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

/** Screens the person went to since the page was loaded; being sent on from one does not count. */
let visits = 0;

/** Shows another screen without loading the page again. */
export function navigate(path: string, { replace = false } = {}): void {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', path);
  if (!replace) visits += 1;
  window.scrollTo(0, 0);
  for (const listener of listeners) listener();
}

/** Path of the address, e.g. `/security`. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => window.location.pathname);

/** Which visit of a screen this is: another number after every step the person takes. */
export const visitNow = (): number => visits;
export const useVisit = (): number => useSyncExternalStore(subscribe, visitNow);
