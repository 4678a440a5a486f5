import type { Device } from '@countersign/sdk-web';
import { Badge, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { useState } from 'react';
import { LaptopIcon } from '../../components/icons.js';
import { formatDay, formatTime } from '../../format.js';
import { DeviceActions } from './device-actions.js';
import { DeviceName } from './device-name.js';

export interface DeviceRowProps {
  device: Device;
  /** This session was opened with it. */
  current: boolean;
  busy: boolean;
  change: (act: () => Promise<unknown>, done: string) => Promise<void>;
}

export function DeviceRow(props: DeviceRowProps) {
  const { device, current } = props;
  const [renaming, setRenaming] = useState(false);
  return (
    <li>
      <Group align="flex-start" wrap="nowrap" gap="md">
        <ThemeIcon variant="light" size="lg" visibleFrom="xs">
          <LaptopIcon />
        </ThemeIcon>
        <Stack gap="xs" flex={1} miw={0}>
          {renaming ? (
            <DeviceName {...props} onClose={() => setRenaming(false)} />
          ) : (
            <Facts device={device} current={current} />
          )}
          {!renaming && <DeviceActions {...props} onRename={() => setRenaming(true)} />}
        </Stack>
      </Group>
    </li>
  );
}

const Facts = ({ device, current }: { device: Device; current: boolean }) => (
  <div className="anywhere">
    <Group gap="xs">
      <Text fw={600}>{device.name}</Text>
      {current && <Badge>Used for this session</Badge>}
      {device.state === 'suspended' && <Badge color="dark.5">Suspended</Badge>}
    </Group>
    <Text size="sm" c="dimmed">
      {[
        device.synced ? 'Synchronised passkey' : 'Stays on this device',
        `added ${formatDay(device.createdAt)}`,
        device.lastUsedAt ? `last used ${formatTime(device.lastUsedAt)}` : 'never used',
      ].join(' · ')}
    </Text>
  </div>
);
