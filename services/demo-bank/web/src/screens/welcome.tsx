import { Group, Stack, Text, ThemeIcon } from '@mantine/core';
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
    <Stack gap="lg">
      <ScreenTitle>{title}</ScreenTitle>
      <Text size="lg" c="dimmed">
        {lead}
      </Text>
      <Stack component="ul" gap="sm" className="rows" visibleFrom="xs">
        {PROMISES.map((promise) => (
          <Group component="li" key={promise} gap="sm" wrap="nowrap" p={0} bd={0}>
            <ThemeIcon variant="light" radius="xl" size="md">
              <CheckIcon />
            </ThemeIcon>
            <Text>{promise}</Text>
          </Group>
        ))}
      </Stack>
    </Stack>
    <div className="surface card">{children}</div>
  </div>
);
