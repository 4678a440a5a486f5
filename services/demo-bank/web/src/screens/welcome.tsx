import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { CheckIcon } from '../components/icons.js';
import { ScreenTitle } from '../components/screen-title.js';

const PROMISES = [
  'No password to remember, none to steal',
  'Your fingerprint or face never leaves your device',
  'You see every device and every sign-in',
];

/** The two screens for people who are not signed in: what the bank promises, beside what they can do. */
export const Welcome = ({ title, lead, children }: { title: string; lead: string; children: ReactNode }) => (
  <div className="welcome">
    <Stack className="account-card promise" gap="lg" justify="center">
      <ScreenTitle>{title}</ScreenTitle>
      <Text size="lg">{lead}</Text>
      <Stack component="ul" gap={0} className="rows" visibleFrom="sm">
        {PROMISES.map((promise) => (
          <li key={promise}>
            <CheckIcon /> {promise}
          </li>
        ))}
      </Stack>
    </Stack>
    <Stack className="surface card" justify="center">
      {children}
    </Stack>
  </div>
);
