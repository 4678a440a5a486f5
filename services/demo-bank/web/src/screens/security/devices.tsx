import { Button, Stack, Text } from '@mantine/core';
import { Card } from '../../components/card.js';
import { Loaded } from '../../components/loaded.js';
import { ProblemAlert } from '../../components/problem-alert.js';
import { useAnnounce } from '../../state/announcer.js';
import { useServices } from '../../state/services.js';
import { useSession } from '../../state/session.js';
import { useAction } from '../../state/use-action.js';
import { useLoad } from '../../state/use-load.js';
import { DeviceRow } from './device-row.js';

/** The person's passkeys. Adding, resuming and removing one asks for a passkey; the SDK does that by itself. */
export function Devices() {
  const { countersign } = useServices();
  const { session, refresh } = useSession();
  const announce = useAnnounce();
  const devices = useLoad(() => countersign.devices());
  const { run, pending, error } = useAction();
  const change = (act: () => Promise<unknown>, done: string) =>
    run(async () => {
      await act();
      announce(done);
      await Promise.all([devices.reload(), refresh()]);
    });
  const add = (
    <Button loading={pending} onClick={() => change(() => countersign.addDevice(), 'The passkey was added.')}>
      Add a passkey
    </Button>
  );
  return (
    <Card title="Devices and passkeys" description="Each of these can sign in to your account." actions={add}>
      <Stack gap="xs">
        <ProblemAlert error={error} />
        <Loaded state={devices}>
          {(list) => (
            <ul className="rows">
              {list.map((device) => (
                <DeviceRow
                  key={device.id}
                  device={device}
                  current={device.id === session?.device}
                  busy={pending}
                  change={change}
                />
              ))}
            </ul>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          To add, resume or remove a passkey you confirm with one that you have.
        </Text>
      </Stack>
    </Card>
  );
}
