import { Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from '../components/link.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { useForm } from '../state/use-form.js';
import { useServices } from '../state/services.js';
import { useAction } from '../state/use-action.js';

const USER_NAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** Step 1: the bank's server makes the customer known and issues a ticket, which this browser opens. */
export function JoinDetails({ onDone }: { onDone: (userName: string) => void }) {
  const { bank, countersign } = useServices();
  const { run, pending, error } = useAction();
  const [displayName, setDisplayName] = useState('');
  const [userName, setUserName] = useState('');
  const form = useForm({
    displayName: displayName.trim() === '' && 'Please enter your name.',
    userName: !USER_NAME.test(userName) && 'Please use 3 to 32 small letters, digits, dots, dashes or underscores.',
  });
  const submit = form.submit(() =>
    run(async () => {
      const ticket = await bank.becomeCustomer({ userName, displayName: displayName.trim() });
      await countersign.openTicket(ticket);
      onDone(userName);
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={2}>Step 1 of 2: Your details</Title>
        <ProblemAlert error={error} />
        <TextInput
          label="Full name"
          autoComplete="name"
          size="md"
          maxLength={64}
          required
          value={displayName}
          error={form.errors.displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <TextInput
          label="User name"
          description="Small letters and digits; you sign in with it."
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          size="md"
          maxLength={32}
          required
          value={userName}
          error={form.errors.userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={pending}>
          Continue
        </Button>
        <Text>
          Already a customer? <Link href="/">Sign in</Link>
        </Text>
      </Stack>
    </form>
  );
}
