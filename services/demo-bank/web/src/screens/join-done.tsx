import { Button, Stack, Text, Title } from '@mantine/core';
import { PasskeyIcon } from '../components/icons.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { useFocusOnShow } from '../state/use-focus-on-show.js';
import { useServices } from '../state/services.js';
import { useSession } from '../state/session.js';
import { useAction } from '../state/use-action.js';

/** The passkey is there; the first sign-in shows how it feels. */
export function JoinDone({ userName }: { userName: string }) {
  const { countersign } = useServices();
  const { refresh } = useSession();
  const { run, pending, error } = useAction();
  const heading = useFocusOnShow<HTMLHeadingElement>();
  const signIn = () =>
    run(async () => {
      await countersign.signIn({ userName });
      await refresh();
    });
  return (
    <Stack>
      <Title order={2} ref={heading} tabIndex={-1}>
        Your passkey is ready
      </Title>
      <Text>From now on you sign in with it, here and wherever it is synchronised to.</Text>
      <ProblemAlert error={error} />
      <Button size="md" leftSection={<PasskeyIcon />} loading={pending} onClick={signIn}>
        Sign in now
      </Button>
    </Stack>
  );
}
