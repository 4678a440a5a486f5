import { CloseButton } from '@mantine/core';
import { createContext, useContext, useState, type ReactNode } from 'react';

type Announce = (text: string) => void;

const AnnouncerContext = createContext<Announce>(() => undefined);

/** Tells everyone how an act ended: shown at the foot of the page, and read out by screen readers. */
export const useAnnounce = (): Announce => useContext(AnnouncerContext);

/** The live region is always there, or screen readers would miss its first text; the note stays until it is closed. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [text, setText] = useState('');
  return (
    <AnnouncerContext value={setText}>
      {children}
      <div className="status-bar">
        <div role="status" className={text ? 'status-note' : undefined}>
          {text && (
            <>
              <span>{text}</span>
              <CloseButton aria-label="Dismiss message" variant="transparent" c="inherit" onClick={() => setText('')} />
            </>
          )}
        </div>
      </div>
    </AnnouncerContext>
  );
}
