import { fromBase64Url, isUuid, refuse, toBase64Url, utf8 } from '@countersign/kernel';

/** Where an export goes on: after this session, and at this place of the log; undefined where a part is complete. */
export interface ExportPlace {
  sessions: string | undefined;
  events: string | undefined;
}

/** The first page. */
export const EXPORT_START: ExportPlace = { sessions: '', events: '' };

const EVENTS = /^[A-Za-z0-9_-]{0,100}$/;

/** Empty when nothing is left. */
export function writeExportCursor({ sessions, events }: ExportPlace): string {
  if (sessions === undefined && events === undefined) return '';
  return toBase64Url(utf8(`${sessions ?? '-'}.${events ?? '.'}`));
}

/** @throws `cursor_invalid` */
export function readExportCursor(cursor: string): ExportPlace {
  if (cursor === '') return EXPORT_START;
  const text = new TextDecoder().decode(fromBase64Url(cursor) ?? new Uint8Array());
  const dot = text.indexOf('.');
  const [sessions, events] = [text.slice(0, dot), text.slice(dot + 1)];
  const good = dot >= 0 && (sessions === '-' || sessions === '' || isUuid(sessions));
  if (!good || !(events === '.' || EVENTS.test(events))) throw refuse('cursor_invalid');
  return { sessions: sessions === '-' ? undefined : sessions, events: events === '.' ? undefined : events };
}
