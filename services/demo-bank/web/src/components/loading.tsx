import { Group, Loader, Text } from '@mantine/core';

export const Loading = ({ label = 'Loading…' }: { label?: string }) => (
  <Group gap="sm" py="lg" role="status">
    <Loader size="sm" aria-hidden="true" />
    <Text c="dimmed">{label}</Text>
  </Group>
);
