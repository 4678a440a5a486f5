import '@mantine/core/styles.css';
import './app.css';
import { Countersign } from '@countersign/sdk-web';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { BankApi } from './bank-api.js';
import { Unreachable } from './screens/unreachable.js';
import { Look } from './look.js';

const root = createRoot(document.getElementById('root') as HTMLElement);

/** The bank's server says where the platform is and which application this page is; nothing of it is built in. */
async function start(): Promise<void> {
  const response = await fetch('/api/settings');
  if (!response.ok) throw new Error('the bank did not answer');
  const { countersignUrl, clientId } = (await response.json()) as { countersignUrl: string; clientId: string };
  const countersign = new Countersign({ baseUrl: countersignUrl, clientId });
  root.render(<App countersign={countersign} bank={new BankApi(countersign)} />);
}

start().catch(() =>
  root.render(
    <Look>
      <Unreachable />
    </Look>,
  ),
);
