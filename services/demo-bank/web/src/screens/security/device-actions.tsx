import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.js';
import { useServices } from '../../state/services.js';
import type { DeviceRowProps } from './device-row.js';

/** Every button names its device to screen readers, which list buttons without what surrounds them. */
export function DeviceActions({ device, current, busy, change, onRename }: DeviceRowProps & { onRename: () => void }) {
  const { countersign } = useServices();
  const [asking, setAsking] = useState(false);
  const { id, name } = device;
  const suspended = device.state === 'suspended';
  const toggle = () =>
    suspended
      ? change(() => countersign.resumeDevice(id), `${name} can sign in again.`)
      : change(() => countersign.suspendDevice(id), `${name} is suspended.`);
  const remove = () => change(() => countersign.removeDevice(id), `${name} was removed.`);
  const toggleLabel = suspended ? 'Resume' : 'Suspend';
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" disabled={busy} aria-label={`Rename ${name}`} onClick={onRename}>
        Rename
      </Button>
      <Button size="xs" variant="default" disabled={busy} aria-label={`${toggleLabel} ${name}`} onClick={toggle}>
        {toggleLabel}
      </Button>
      <Button size="xs" variant="default" disabled={busy} aria-label={`Remove ${name}`} onClick={() => setAsking(true)}>
        Remove
      </Button>
      <ConfirmDialog
        title={`Remove ${name}?`}
        text={`It can no longer sign in, and everything it is signed in to ends. ${current ? 'You use it right now, so you will be signed out. ' : ''}This cannot be undone.`}
        act="Remove"
        opened={asking}
        onConfirm={remove}
        onClose={() => setAsking(false)}
      />
    </Group>
  );
}
