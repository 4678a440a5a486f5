import { Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

let firstScreen = true;

/** The one h1 of a screen. It names the tab, and takes the focus when the screen changes; not on the first load. */
export function ScreenTitle({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Larkmoor Bank`;
    if (!firstScreen) heading.current?.focus({ preventScroll: true });
    firstScreen = false;
  }, [children]);
  return (
    <Title order={1} ref={heading} tabIndex={-1}>
      {children}
    </Title>
  );
}
