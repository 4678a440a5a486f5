import { useEffect, useRef } from 'react';

/** Moves the focus to an element when it appears: the button that was there before is gone. */
export function useFocusOnShow<T extends HTMLElement>() {
  const element = useRef<T>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
