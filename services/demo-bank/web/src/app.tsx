import type { Countersign } from '@countersign/sdk-web';
import type { BankApi } from './bank-api.js';
import { Look } from './look.js';
import { Routes } from './routes.js';
import { AnnouncerProvider } from './state/announcer.js';
import { ServicesProvider } from './state/services.js';
import { SessionProvider } from './state/session.js';

/** The whole page: what it talks to, who is signed in, and the screen of the address. */
export function App(services: { countersign: Countersign; bank: BankApi }) {
  return (
    <Look>
      <ServicesProvider value={services}>
        <AnnouncerProvider>
          <SessionProvider>
            <Routes />
          </SessionProvider>
        </AnnouncerProvider>
      </ServicesProvider>
    </Look>
  );
}
