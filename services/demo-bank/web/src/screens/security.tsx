import { Stack, Text } from '@mantine/core';
import { ScreenTitle } from '../components/screen-title.js';
import { Activity } from './security/activity.js';
import { Devices } from './security/devices.js';
import { Sessions } from './security/sessions.js';

/** Everything that can open the account, everything that is open, and everything that happened. */
export function Security() {
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <ScreenTitle>Security</ScreenTitle>
        <Text c="dimmed">Look through this from time to time. What you do not know, remove.</Text>
      </Stack>
      <Devices />
      <Sessions />
      <Activity />
    </Stack>
  );
}
