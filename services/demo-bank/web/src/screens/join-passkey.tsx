import { Button, Stack, Text, Title } from '@mantine/core';
import { PasskeyIcon } from '../components/icons.js';
import { NoPasskeys } from '../components/no-passkeys.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { useServices } from '../state/services.js';
import { useAction } from '../state/use-action.js';
import { useFocusOnShow } from '../state/use-focus-on-show.js';
import { usePasskeySupport } from '../state/use-passkey-support.js';

/** Step 2: the opened ticket lets this browser add the first passkey, and no other browser. */
export function JoinPasskey({ onDone }: { onDone: () => void }) {
  const { countersign } = useServices();
  const { run, pending, error } = useAction();
  const support = usePasskeySupport();
  const heading = useFocusOnShow<HTMLHeadingElement>();
  const add = () =>
    run(async () => {
      await countersign.register();
      onDone();
    });
  return (
    <Stack>
      <Title order={2} ref={heading} tabIndex={-1}>
        Step 2 of 2: Your passkey
      </Title>
      <Text>
        A passkey replaces the password. Your device asks for your fingerprint, your face or your screen lock, and keeps
        the key; the bank only ever sees a proof.
      </Text>
      {support?.passkeys === false && <NoPasskeys />}
      <ProblemAlert error={error} />
      <Button
        size="md"
        leftSection={<PasskeyIcon />}
        loading={pending}
        disabled={support?.passkeys === false}
        onClick={add}
      >
        Add a passkey
      </Button>
    </Stack>
  );
}
