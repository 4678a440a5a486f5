import { CloseButton } from '@mantine/core';
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';
import { useVisit, visitNow } from './routing.js';

type Announce = (text: string) => void;

const AnnouncerContext = createContext<Announce>(() => undefined);

/** Tells everyone how an act ended: shown at the foot of the page, and read out by screen readers. */
export const useAnnounce = (): Announce => useContext(AnnouncerContext);

/**
 * The live region is always there, or screen readers would miss its first text; the note stays until it is closed, or the
 * person goes on to another screen.
 */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [note, setNote] = useState({ text: '', visit: 0 });
  const announce = useCallback((text: string) => setNote({ text, visit: visitNow() }), []);
  const text = useVisit() === note.visit ? note.text : '';
  return (
    <AnnouncerContext value={announce}>
      {children}
      <div className="status-bar">
        <div role="status" className={text ? 'status-note' : undefined}>
          {text && (
            <>
              <span>{text}</span>
              <CloseButton
                aria-label="Dismiss message"
                variant="transparent"
                c="inherit"
                onClick={() => announce('')}
              />
            </>
          )}
        </div>
      </div>
    </AnnouncerContext>
  );
}
