import { Button, Stack, Text } from '@mantine/core';
import { ScreenTitle } from '../components/screen-title.js';

/** Bank or platform did not answer at all. */
export const Unreachable = () => (
  <Stack align="flex-start" p="md" role="alert">
    <ScreenTitle>We cannot be reached</ScreenTitle>
    <Text>The bank does not answer at the moment. Your account is safe. Please try again in a few minutes.</Text>
    <Button onClick={() => window.location.reload()}>Try again</Button>
  </Stack>
);
