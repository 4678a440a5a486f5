import { Stack, Text } from '@mantine/core';
import { Link } from '../components/link.js';
import { ScreenTitle } from '../components/screen-title.js';

export const Missing = () => (
  <Stack align="flex-start">
    <ScreenTitle>There is no such page</ScreenTitle>
    <Text>The address may be mistyped or out of date.</Text>
    <Link href="/">Go to the start page</Link>
  </Stack>
);
