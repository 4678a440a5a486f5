import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useForm } from '../../state/use-form.js';
import { useServices } from '../../state/services.js';
import type { DeviceRowProps } from './device-row.js';

/** Gives a device another name, in place of its row. */
export function DeviceName({ device, busy, change, onClose }: DeviceRowProps & { onClose: () => void }) {
  const { countersign } = useServices();
  const [name, setName] = useState(device.name);
  const form = useForm({ name: name.trim() === '' && 'Please enter a name.' });
  const submit = form.submit(async () => {
    await change(() => countersign.renameDevice(device.id, name.trim()), `Renamed to ${name.trim()}.`);
    onClose();
  });
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={`New name for ${device.name}`}
          maxLength={64}
          autoFocus
          value={name}
          error={form.errors.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          Save
        </Button>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
